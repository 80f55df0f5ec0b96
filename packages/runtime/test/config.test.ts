import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configEntries, configFile, defaultConfig, policyOf, readConfig, setConfigValue } from '../src/config.js'
import { findPlace, forgetRepositories, type Place } from '../src/place.js'
import { RuntimeProblem } from '../src/problems.js'
import { type Scratch, scratch } from './scratchRepository.js'

const test = suite<{ scratch: Scratch; top: string; place: Place }>('config')
test.before.each((context) => {
  context.scratch = scratch()
  forgetRepositories()
  context.top = context.scratch.repository('app')
  context.place = findPlace({ cwd: context.top, env: {} })
})
test.after.each((context) => context.scratch.remove())

function write(place: Place, text: string): void {
  mkdirSync(dirname(configFile(place)), { recursive: true })
  writeFileSync(configFile(place), text)
}

test('without a file the defaults hold, and nothing is complained of', ({ place }) => {
  assert.equal(readConfig(place), { config: defaultConfig(), file: configFile(place), problems: [] })
})

test('what the file says holds', ({ place }) => {
  write(
    place,
    '{"enforce":"warn","worktrees":"separate","lock":{"ttl":"90s","hold":"session"},"instance":{"taskFromPrompt":false}}',
  )
  const { config, problems } = readConfig(place)
  assert.equal(problems, [])
  assert.equal(policyOf(config), {
    enforce: 'warn',
    worktrees: 'separate',
    ttlMs: 90_000,
    hold: 'session',
    reads: 'refuse',
  })
  assert.is(config.instance.taskFromPrompt, false)
})

test('each bad value is reported with what is allowed, and only it falls back', ({ place }) => {
  write(place, '{"enforce":"maybe","lock":{"ttl":"-5m","hold":"operation"},"colour":1}')
  const { config, problems } = readConfig(place)
  assert.is(config.enforce, 'deny')
  assert.is(config.lock.ttlMs, 300_000)
  assert.is(config.lock.hold, 'operation')
  assert.is(problems.length, 3)
  assert.match(problems.join('\n'), /enforce is "maybe"; allowed: deny \| warn/)
  assert.match(problems.join('\n'), /lock.ttl is "-5m"; allowed: 1s to 24h/)
  assert.match(problems.join('\n'), /"colour" is not a setting/)
})

test('a broken file, an array and __proto__ give the defaults and a problem', ({ place }) => {
  for (const text of ['{', '[]', 'null', '', '{"__proto__":{"enforce":"warn"}}']) {
    write(place, text)
    const { config, problems } = readConfig(place)
    assert.equal(config, defaultConfig(), text)
    assert.is(problems.length, 1, text)
  }
})

test('set keeps what else is there, is validated and leaves no scrap behind', ({ place }) => {
  write(place, '{"lock":{"hold":"session"},"note":"mine"}')
  assert.equal(setConfigValue(place, 'lock.ttl', '120'), {
    file: configFile(place),
    key: 'lock.ttl',
    value: '2m',
    before: '5m',
  })
  assert.equal(JSON.parse(readFileSync(configFile(place), 'utf8')), {
    lock: { hold: 'session', ttl: '2m' },
    note: 'mine',
  })
  assert.equal(readdirSync(dirname(configFile(place))), ['config.json'])
  assert.is(readConfig(place).config.lock.ttlMs, 120_000)
})

test('set refuses unknown keys, bad values and a broken file, and changes nothing', ({ place }) => {
  const isUsage = (error: unknown) => error instanceof RuntimeProblem && error.code === 'usage'
  assert.throws(() => setConfigValue(place, 'lock.ttk', '5m'), isUsage)
  for (const value of ['0', '25h', '-1', 'NaN', '1e308', ''])
    assert.throws(() => setConfigValue(place, 'lock.ttl', value), isUsage)
  write(place, '{"lock":')
  assert.throws(() => setConfigValue(place, 'lock.ttl', '5m'), isUsage)
  assert.is(readFileSync(configFile(place), 'utf8'), '{"lock":')
})

test('every setting can be set to its default and read back', ({ place }) => {
  for (const entry of configEntries(defaultConfig())) {
    assert.is(setConfigValue(place, entry.key, entry.default).value, entry.default)
  }
  assert.equal(readConfig(place), { config: defaultConfig(), file: configFile(place), problems: [] })
})

test('priority is kept as JSON, is part of the policy, and a rule of another form is refused', ({ place }) => {
  const rules = [{ paths: 'backend/**', roles: ['architect', 'developer'] }]
  setConfigValue(place, 'lock.priority', JSON.stringify(rules))
  setConfigValue(place, 'lock.priorityMode', 'preempt')
  setConfigValue(place, 'lock.priorityGrace', '10s')
  assert.equal(JSON.parse(readFileSync(configFile(place), 'utf8')).lock.priority, rules)
  const { config, problems } = readConfig(place)
  assert.equal(problems, [])
  assert.equal(policyOf(config).priority, { mode: 'preempt', graceMs: 10_000, rules })
  for (const value of [
    'x',
    '{}',
    '[1]',
    '[{"paths":"a"}]',
    '[{"paths":"","roles":["a"]}]',
    '[{"paths":"a","roles":[]}]',
    '[{"paths":"a","roles":["b","b"]}]',
    '[{"paths":"a","roles":["b"],"more":1}]',
    '[{"paths":"**/**/**/**","roles":["b"]}]',
  ]) {
    assert.throws(() => setConfigValue(place, 'lock.priority', value), /allowed: JSON/, value)
  }
  write(place, '{"lock":{"priority":[{"paths":3}]}}')
  assert.match(readConfig(place).problems.join(), 'lock.priority is [{"paths":3}]; allowed: JSON')
})

test('events to be told of: a list or a text; only types that there are', ({ place }) => {
  write(place, '{"notify":{"to":"slack","events":["lock.denied","instance.ended"]}}')
  assert.equal(readConfig(place).config.notify, { to: 'slack', events: ['lock.denied', 'instance.ended'] })
  assert.is(
    setConfigValue(place, 'notify.events', 'lock.denied, lock.denied decision.recorded').value,
    'lock.denied,decision.recorded',
  )
  assert.throws(() => setConfigValue(place, 'notify.events', 'lock.dened'), /allowed: types of events/)
})

test('all worktrees obey the main checkout', ({ scratch, top, place }) => {
  const linked = join(scratch.root, 'two')
  scratch.git(top, 'worktree', 'add', '-q', '-b', 'two', linked)
  write(place, '{"enforce":"warn"}')
  assert.is(readConfig(findPlace({ cwd: linked, env: {} })).config.enforce, 'warn')
})

test.run()
