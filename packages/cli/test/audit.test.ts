import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ticksBetween } from '../src/views/page/ticks.js'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord audit')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const clock = (text: string) => `2026-01-08T${text}:00.000Z`
const hostile = '</title><script>alert(1)</script>"| [x](http://x) \u202e\u001b[2J'

async function story({ coord }: Scratch): Promise<void> {
  const register = ['instance', 'register', '--instance', 'alice', '--role', 'api', '--task', hostile]
  await coord(register, { at: clock('12:00') })
  await coord(['lock', 'acquire', 'src/a.ts', 'src/b.ts', '--instance', 'alice'], { at: clock('12:01') })
  await coord(['lock', 'acquire', 'src/a.ts', '--instance', 'bob'], { at: clock('12:02') })
  await coord(['lock', 'acquire', 'src/a.ts', '--instance', 'bob'], { at: clock('13:02') })
  await coord(['lock', 'acquire', 'src/a.ts', '--instance', 'alice'], { at: clock('13:03') })
  await coord(['lock', 'release', 'src/a.ts', '--force', '--reason', hostile, '--instance', 'alice'], {
    at: clock('13:04'),
  })
  await coord(['lock', 'cleanup', '--instance', 'bob'], { at: clock('13:05') })
  await coord(
    ['decisions', 'add', '--category=testing', `--title=${hostile}`, '--description=D', '--instance', 'bob'],
    {
      at: clock('13:06'),
    },
  )
}

const now = { at: clock('13:10') }

test('totals are what jq counts over the raw log', async (context) => {
  const { coord } = context
  await story(context)
  const raw = (await coord(['log', '--json'], now)).stdout
  const { totals, types, pairs } = JSON.parse((await coord(['audit', '--json'], now)).stdout)
  const count = (filter: string): number => {
    const { stdout, error } = spawnSync('jq', ['-s', filter], { input: raw, encoding: 'utf8' })
    if (error) throw error
    return Number(stdout)
  }
  if (spawnSync('jq', ['--version']).error !== undefined) {
    console.log('SKIP totals are what jq counts over the raw log: there is no jq')
    return
  }
  const of = (type: string) => `[.[]|select(.type=="${type}")]`
  assert.is(totals.events, count('length'))
  assert.is(totals.sessions, count(`${of('instance.registered')}|length`))
  assert.is(totals.refusals, count(`${of('lock.denied')}|length`))
  assert.is(totals.enforced, count(`${of('lock.denied')}|map(select(.data.enforced))|length`))
  assert.is(totals.leases, count(`${of('lock.acquired')}|map(.data.paths|length)|add`))
  assert.is(
    totals.takeovers.expired,
    count(`${of('lock.acquired')}|map(.data.takenFrom//[]|map(select(.cause=="expired"))|length)|add`),
  )
  assert.is(totals.forced, count(`${of('lock.released')}|map(select(.data.cause=="forced").data.released|length)|add`))
  assert.is(totals.expired, count(`${of('cleanup.completed')}|map(.data.expired|length)|add`))
  assert.is(totals.decisions, count(`${of('decision.recorded')}|length`))
  for (const type of Object.keys(types)) assert.is(types[type], count(`${of(type)}|length`), type)
  assert.ok(totals.refusals === 2 && totals.forced === 1 && totals.expired === 1, JSON.stringify(totals))
  assert.is(
    pairs[0].refusals,
    count(`${of('lock.denied')}|map(select(.by=="bob" and .data.heldBy[0].holder=="alice"))|length`),
  )
})

test('a stretch and a path: both ends included, and what was there before is known', async (context) => {
  const { coord } = context
  await story(context)
  const audit = async (...args: string[]) => JSON.parse((await coord(['audit', '--json', ...args], now)).stdout)
  const all = await audit()
  const part = await audit('--since', '5', '--until', '6')
  assert.equal([part.totals.events, part.from.sequence, part.to.sequence], [2, 5, 6])
  assert.equal(
    part.takeovers.map(({ holder, cause }: { holder: string; cause: string }) => [holder, cause]),
    [['alice', 'expired']],
  )
  const [span] = part.spans
  assert.equal([span.holder, span.from, span.ms], ['alice', clock('12:01'), 61 * 60_000])
  assert.is(part.sessions.find(({ instance }: { instance: string }) => instance === 'bob').role, 'manual')
  const later = await audit('--since', clock('13:03'))
  assert.is(later.from.at, clock('13:03'))
  const one = await audit('--path', 'src/b.ts')
  assert.equal([one.totals.refusals, one.totals.leases, one.paths.length], [0, 1, 1])
  assert.is((await audit('--path', 'src/*')).totals.leases, all.totals.leases)
})

test('text, Markdown and page hold the same numbers, and nothing that anybody wrote acts in them', async (context) => {
  const { coord } = context
  await story(context)
  const text = (await coord(['audit'], now)).stdout
  assert.match(text, /^Audit: Events 1 to \d+, 2026-01-08T12:00:00Z to 2026-01-08T13:06:00Z\n/)
  assert.match(text, /\n {2}Refusals +2 {2}2 stopped an edit/)
  assert.not.ok(text.includes('\u001b') || text.includes('\u202e'))
  const markdown = (await coord(['audit', '--format', 'md'], now)).stdout
  assert.match(markdown, /\n\| Refusals \| 2 \|/)
  assert.not.match(markdown, /<script>|[^\\]\[x\]/)
  for (const line of markdown.split('\n').filter((each) => each.startsWith('|'))) {
    assert.is(line.replaceAll(/\\./g, '').split('|').length > 3, true, line)
  }
  const page = (await coord(['audit', '--html'], now)).stdout
  assert.is(page, (await coord(['audit', '--format', 'html'], now)).stdout)
  assert.match(page, /<b>2<\/b>refusals/)
  assert.not.match(page, /<script|javascript:|src=|href="(?!data:,)/)
  assert.ok(page.includes('&lt;/title&gt;&lt;script&gt;alert(1)'), 'shown as text')
  assert.not.ok(page.includes('\u001b') || page.includes('\u202e'))
  for (const args of [
    ['--json', '--html'],
    ['--html', '--format', 'md'],
    ['--at', '1', '--until', '2'],
  ]) {
    assert.is((await coord(['audit', ...args], now)).code, 2, args.join(' '))
  }
})

test('of nothing there is a report too', async ({ coord }) => {
  assert.match((await coord(['audit'])).stdout, /^Audit: No events\.\n/)
  assert.is((await coord(['audit', '--html'])).code, 0)
  assert.is(JSON.parse((await coord(['audit', '--json'])).stdout).from, null)
})

test('ticks: round moments within the stretch, at most eleven', () => {
  for (const spanMs of [1, 900, 59_000, 7_200_000, 86_400_000 * 3, 86_400_000 * 4000]) {
    const start = Date.parse('2026-01-08T08:00:23.500Z')
    const ticks = ticksBetween(start, start + spanMs)
    assert.ok(ticks.length <= 11 && ticks.every(({ at }) => at >= start && at <= start + spanMs), `${spanMs}`)
  }
})

test.run()
