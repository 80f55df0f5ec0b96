// timeout: 200s

import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Block, blocksOf, scriptOf } from './seedGuide/blocks.js'
import { createStage, freePort, hasProgram, type Stage } from './seedGuide/stage.js'
import { withWebhook } from './seedGuide/webhook.js'
import { skip } from './skip.js'

/** docs/guide.md and what is installed beside it: their commands run as they stand, and what they name is there. */

const test = suite('docs/guide.md')
const root = resolve(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs/guide.md'), 'utf8')
const blocks = blocksOf(page)
const library = readFileSync(join(root, 'hooks/templates/coordination/lib/coordination.sh'), 'utf8')

let stage: Stage
test.before(() => {
  stage = createStage()
  mkdirSync(join(stage.root, 'node_exporter'))
})
test.after(() => stage?.remove())

/** Each command must succeed. coord stands on PATH, as it does for a person who installed it. */
function script(block: Block | undefined, more: Record<string, string> = {}): string {
  assert.ok(block)
  const folders = [join(stage.top, '.claude/coordination/bin'), join(root, 'bin')]
  const words = { '/var/lib/node_exporter': join(stage.root, 'node_exporter'), ...more }
  const text = block === undefined ? '' : scriptOf(block, stage, words)
  return `set -euo pipefail; PATH='${folders.join(delimiter)}':$PATH\n${text}`
}

test('it has four blocks, and each is run here', () => {
  assert.equal(
    blocks.map(({ heading }) => heading),
    ['Begin', 'Every day', 'More, off until it is chosen', 'Recipes'],
  )
})

test('begin', () => {
  assert.match(stage.said(script(blocks[0])), /Active Instances: 0\n$/)
})

test('every day', () => {
  const out = stage.said(script(blocks[1]))
  assert.match(out, /^Active Instances: 0\n/)
  assert.match(out, /\nDEC-\d{8}-0001\n\[DEC-\d{8}-0001\] Use JWT with 15min expiry\n/)
  const [lock] = stage.json('.claude/coordination/bin/coord-lock list --json').locks
  assert.equal([lock.path, lock.reason], ['src/app.ts', 'rename the field'])
  assert.match(out, /lock\.acquired[^\n]*src\/app\.ts[\s\S]*decision\.recorded[^\n]*Use JWT/)
})

test('more, off until it is chosen', async () => {
  const port = await freePort()
  stage.said(script(blocks[2], { '9477': String(port) }))
  const { settings } = stage.json('.claude/coordination/bin/coord config list --json')
  const values = Object.fromEntries(settings.map(({ key, value }: { key: string; value: unknown }) => [key, value]))
  assert.equal(
    [values['notify.to'], values['decisions.adr'], values['metrics.port']],
    ['slack', 'commit', String(port)],
  )
  assert.is(JSON.parse(values['lock.priority']).length, 1)
  assert.match(readFileSync(join(stage.root, 'node_exporter/coordlog.prom'), 'utf8'), /^# HELP coordlog_/)
  const files = stage.git(stage.top, 'show', '--name-only', '--format=', 'HEAD').trim().split('\n')
  assert.ok(files.length === 2 && files.every((file) => file.startsWith('docs/decisions/')), files.join())
  stage.said('.claude/coordination/bin/coord config set notify.to off')
})

test('recipes', async () => {
  if (!hasProgram('jq') || !hasProgram('curl')) return skip('recipes', 'jq and curl are used there')
  const source = 'source .claude/coordination/lib/coordination.sh; INSTANCE_ID=claude-me'
  const { code, bodies } = await withWebhook(stage, (url) => `${source}; SLACK_WEBHOOK=${url}\n${script(blocks[3])}`)
  assert.is(code, 0)
  assert.equal(JSON.parse(bodies[0] ?? ''), { text: 'New Claude instance started: claude-me' })
  assert.match(readFileSync(join(stage.root, 'node_exporter/claude.prom'), 'utf8'), /^claude_active_instances \d+\n$/)
  assert.is(stage.bash('git check-ignore -q .claude/coordination/decision-log.json').code, 1, 'not ignored any more')
})

test('its table has every function of the library and no other, and so has the README that is installed', () => {
  const defined = [...library.matchAll(/^(coord_\w+)\(\)/gm)].map(([, name]) => name).sort()
  assert.is(defined.length, 17)
  const readme = readFileSync(join(root, 'hooks/templates/coordination/README.md'), 'utf8')
  for (const text of [page, readme]) {
    const rows = text.split('\n').filter((line) => line.startsWith('| `coord_'))
    const named = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(coord_\w+)`/g)].map(([, name]) => name),
    )
    assert.equal(named.sort(), defined)
  }
})

test('the tests that it names are there', () => {
  const names = [...page.matchAll(/\b((?:packages\/\w+\/)?test\/\w+)\b(?!\/)/g)].map(([, name]) => name ?? '')
  assert.ok(names.length > 10)
  for (const name of names) assert.ok(existsSync(join(root, `${name}.test.ts`)), name)
})

test.run()
