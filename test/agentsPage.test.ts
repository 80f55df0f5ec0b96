import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const root = resolve(import.meta.dirname, '..', '..')
const test = suite('docs/agents.md')

test('it says what the code says of each agent', () => {
  const { status, stderr } = spawnSync(process.execPath, ['bin/dev/agentsPage.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  })
  assert.equal([status, stderr], [0, ''])
})

test.run()
