import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('set-up by command')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

test('init and uninstall: said, done, twice, dry', async ({ coord, repository }) => {
  const settings = join(repository, '.claude/settings.json')
  const dry = await coord(['init', '--dry-run'])
  assert.equal([dry.code, dry.stderr, existsSync(settings)], [0, 'Nothing was changed: --dry-run.\n', false])
  const done = await coord(['init'])
  assert.is(done.stdout, dry.stdout)
  assert.is(done.stderr, 'Done. Check it with: coord doctor\n')
  assert.ok(readFileSync(settings, 'utf8').includes('PreToolUse'))
  const again = JSON.parse((await coord(['init', '--json'])).stdout)
  assert.equal([...new Set(again.changes.map((change: { kind: string }) => change.kind))], ['keep'])
  assert.is((await coord(['init'])).stderr, 'Nothing to do: it is all there already.\n')
  assert.is((await coord(['uninstall', '--dry-run'])).code, 0)
  assert.ok(existsSync(settings))
  assert.is((await coord(['uninstall'])).code, 0)
  assert.not.ok(existsSync(join(repository, '.claude')))
  assert.is((await coord(['uninstall'])).stderr, 'Nothing to do: it is not installed here.\n')
})

test('config: what is set is what is got, in the unit that was given', async ({ coord, repository }) => {
  assert.is((await coord(['config', 'get', 'lock.ttl'])).stdout, '5m\n')
  const { ok, before, value, file } = JSON.parse((await coord(['config', 'set', 'lock.ttl', '600', '--json'])).stdout)
  assert.equal([ok, before, value, file], [true, '5m', '10m', join(repository, '.claude/coordination/config.json')])
  assert.is((await coord(['config', 'get', 'lock.ttl'])).stdout, '10m\n')
  const { settings } = JSON.parse((await coord(['config', 'list', '--json'])).stdout)
  assert.equal(settings.find((each: { key: string }) => each.key === 'lock.ttl').value, '10m')
  const { expiresAt } = JSON.parse(
    (await coord(['lock', 'acquire', 'f', '--json'], { at: '2026-01-08T12:00:00.000Z' })).stdout,
  )
  assert.is(expiresAt, '2026-01-08T12:10:00.000Z')
  const wrong = await coord(['config', 'set', 'lock.ttl', '2d'])
  assert.equal([wrong.code, /1s to 24h/.test(wrong.stderr)], [2, true])
  assert.is((await coord(['config', 'get', 'lock.ttl'])).stdout, '10m\n')
})

test('with enforce = warn a held lock is still refused here, and says what agents are told', async ({ coord }) => {
  await coord(['config', 'set', 'enforce', 'warn'])
  await coord(['lock', 'acquire', 'f', '--instance', 'alice'])
  const { code, stderr } = await coord(['lock', 'acquire', 'f', '--instance', 'bob'])
  assert.equal([code, /enforce is "warn" here/.test(stderr)], [3, true])
})

test.run()
