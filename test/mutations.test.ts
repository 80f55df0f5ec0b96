import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** `npm run mutations` takes minutes and is run by hand: that its breaks still fit the source is looked at here. */
const mutations = suite('mutations')

interface Break {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
  readonly tests: readonly string[]
}

const root = fileURLToPath(new URL('../../', import.meta.url))

mutations('each break stands once in its file, changes it, and names test files that are there', async () => {
  const { breaks }: { breaks: Break[] } = await import(`${root}bin/dev/mutations.mjs`)
  assert.ok(breaks.length >= 12)
  for (const { name, file, find, replace, tests } of breaks) {
    assert.is(readFileSync(root + file, 'utf8').split(find).length, 2, `"${name}" in ${file}`)
    assert.is.not(find, replace)
    assert.ok(tests.length > 0, name)
    for (const test of tests) assert.ok(existsSync(root + test), `${name}: ${test}`)
  }
})

mutations.run()
