import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openCoordination } from '@coordlog/runtime/coordination'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readsIn } from '../src/claudeCode/reads.js'
import type { Happening } from '../src/contract.js'
import { handle } from '../src/handle.js'
import {
  context,
  denied,
  hooksLog,
  type Ran,
  records,
  removeScratch,
  repository,
  type Session,
  session,
  testClock,
  types,
} from './session.js'

/** What a session has seen of a file, told from its hooks, and an edit that rests on something older. */
const reads = suite('reads of Claude Code')
reads.after(removeScratch)

interface Stage {
  repo: string
  first: Session
  second: Session
  /** A step of the second session with one call in it, over. */
  step(tool_name: string, tool_input: object, tool_response: unknown): Promise<Ran>
  showing(path: string, response: unknown): Promise<Ran>
}

/** Both sessions have begun; then the first one has written a.txt. */
async function stage(config = {}): Promise<Stage> {
  const repo = repository()
  mkdirSync(join(repo, '.claude', 'coordination'))
  writeFileSync(join(repo, '.claude', 'coordination', 'config.json'), JSON.stringify(config))
  const clock = testClock()
  const [first, second] = [session(repo, 'first', clock), session(repo, 'second', clock)]
  for (const each of [first, second]) await each.send({ hook_event_name: 'SessionStart', source: 'startup' })
  await first.before('a.txt')
  writeFileSync(join(repo, 'a.txt'), 'hello\nmore\n')
  await first.after('a.txt')
  await first.send({ hook_event_name: 'Stop' })
  clock.advance(62_000)
  const step: Stage['step'] = (tool_name, tool_input, tool_response) =>
    second.send({
      hook_event_name: 'PostToolBatch',
      tool_calls: [{ tool_name, tool_input, tool_use_id: 'toolu_r', tool_response }],
    })
  const showing: Stage['showing'] = (path, response) => step('Read', { file_path: join(repo, path) }, response)
  return { repo, first, second, step, showing }
}

const shown = '1\thello\n2\tmore\n3\t'

reads('the edit is refused once: by whom, when, which event; its next step goes through', async () => {
  const { repo, second, step } = await stage()
  const editor = (await records(repo)).find(({ type }) => type === 'file.edited')
  const reason = denied(await second.before('a.txt')) ?? ''
  assert.is(
    reason,
    [
      `File a.txt was changed by instance ${editor?.by} at 12:00:00 UTC (1m 2s ago, event ${editor?.seq}), and this session has not read it since.`,
      'Role: "main". It named no task.',
      'Nothing was written, because what this session remembers of the file is out of date. Reading it again shows what stands ' +
        'there now. The next try goes through, unless the file changed once more.',
    ].join('\n'),
  )
  assert.match(
    hooksLog(repo),
    /File a\.txt was changed by instance \S+, unread; Write of claude-code session second was refused once/,
  )
  assert.is(denied(await second.before('a.txt', { tool_use_id: 'toolu_2' })), reason, 'sent along in the same step')
  await step('Write', { file_path: join(repo, 'a.txt') }, '<tool_use_error>refused</tool_use_error>')
  assert.is((await second.before('a.txt', { tool_use_id: 'toolu_3' })).stdout, '')
  const refusals = (await records(repo)).filter(({ type }) => type === 'edit.refused')
  assert.is(refusals.length, 2)
  assert.equal(refusals[0]?.data['stale'], [
    { path: 'a.txt', by: editor?.by, at: '2026-01-08T12:00:00.000Z', sequence: editor?.seq },
  ])
})

reads('a read of what stands there is enough, and is recorded once', async () => {
  const { repo, second, showing } = await stage()
  await showing('a.txt', shown)
  await showing('a.txt', shown)
  assert.is((await second.before('a.txt')).stdout, '')
  assert.equal(
    (await types(repo)).filter((type) => /read|refused/.test(type)),
    ['file.read'],
  )
})

reads('reading what nobody else has changed leaves no event, however often', async () => {
  const { repo, second, showing } = await stage()
  writeFileSync(join(repo, 'b.txt'), 'x\n')
  await showing('b.txt', '1\tx\n2\t')
  const count = (await records(repo)).length
  for (let i = 0; i < 20; i++) await showing('b.txt', '1\tx\n2\t')
  assert.is((await records(repo)).length, count)
  assert.is((await second.before('b.txt')).stdout, '')
})

reads('a read that showed what stood there before is none', async () => {
  const { second, showing } = await stage()
  await showing('a.txt', '1\thello\n2\t')
  assert.match(denied(await second.before('a.txt')) ?? '', /was changed by/)
})

reads('a file that is gone was not read as it is', async () => {
  const { second, showing } = await stage()
  await showing('gone/a.txt', shown)
  assert.match(denied(await second.before('a.txt')) ?? '', /was changed by/)
})

reads('a subagent reads for itself', async () => {
  const { repo, second } = await stage()
  const reader = { agent_id: 'reader', agent_type: 'explorer' }
  await second.send({ hook_event_name: 'SubagentStart', ...reader })
  await second.send({
    hook_event_name: 'PostToolBatch',
    ...reader,
    tool_calls: [{ tool_name: 'Read', tool_input: { file_path: join(repo, 'a.txt') }, tool_response: shown }],
  })
  assert.match(denied(await second.before('a.txt')) ?? '', /was changed by/)
  assert.is((await second.before('a.txt', reader)).stdout, '', 'and it came after the change')
})

reads('reads.check: tell says it with the edit, off says nothing; neither refuses', async () => {
  const told = await stage({ reads: { check: 'tell' } })
  assert.match(context(await told.second.before('a.txt')) ?? '', /file a\.txt was changed by instance/)
  const off = await stage({ reads: { check: 'off' } })
  assert.is((await off.second.before('a.txt')).stdout, '')
  await off.showing('a.txt', shown)
  assert.not((await types(off.repo)).includes('file.read'))
})

reads('a program that does not tell what it reads is told, not refused', async () => {
  const { repo } = await stage()
  const coordination = await openCoordination({ cwd: repo, env: {}, lockDeadlineMs: 1_000, clock: testClock() })
  const sender = { host: 'other', idPrefix: 'other', session: 's', cwd: repo, name: 'before' }
  const ask = (happening: Happening, tellsReads = false) =>
    handle({
      coordination,
      env: {},
      callerPid: process.pid,
      afterwards: (work) => work(),
      event: { ...sender, ...(tellsReads && { tellsReads }), ...happening },
    })
  await ask({ event: 'session-start', source: 'startup', replaces: false })
  const again = session(repo, 'first', testClock())
  await again.before('a.txt', { tool_use_id: 'toolu_9' })
  await again.after('a.txt', { tool_use_id: 'toolu_9' })
  await again.send({ hook_event_name: 'Stop' })
  const edit = (call: string): Happening => ({ event: 'before-edit', tool: 'patch', paths: ['a.txt'], call })
  const { answer } = await ask(edit('1'))
  assert.is(answer.kind, 'inform')
  assert.is((await ask(edit('2'), true)).answer.kind, 'deny')
  coordination.close()
})

const content = 'hello\nmore\n'
const long = 'x'.repeat(3_000)
const rows: [name: string, response: unknown, holds: string, isRead: boolean, input?: object][] = [
  ['all of it', shown, content, true],
  ['with arrows', '     1→hello\n     2→more\n     3→', content, true],
  ['talk after it', `${shown}\n\n<system-reminder>x</system-reminder>`, content, true],
  ['other line ends', shown, 'hello\r\nmore\r\n', true],
  ['a byte order mark', shown, `\uFEFF${content}`, true],
  ['a line that was cut', `1\t${'x'.repeat(2_000)}... [truncated]\n2\t`, `${long}\n`, true],
  ['another line', '1\thello\n2\tless\n3\t', content, false],
  ['lines are missing at the end', '1\thello\n2\tmore', content, false],
  ['a line too many', '1\thello\n2\tmore\n3\tx\n4\t', content, false],
  ['a part, as it is', '2\tmore', content, true, { offset: 2, limit: 1 }],
  ['a part, as it was', '2\tless', content, false, { offset: 2, limit: 1 }],
  ['the first 2000 lines', numbered(2_000), lines(2_500), true],
  ['a picture', [{ type: 'image' }], 'binary', true],
  ['an error', '<tool_use_error>File does not exist.</tool_use_error>', content, false],
  ['nothing new', 'File unchanged since last read.', content, false],
  ['nothing', undefined, content, false],
]

function lines(count: number): string {
  return Array.from({ length: count }, (_, i) => `line ${i}`).join('\n')
}

function numbered(count: number): string {
  return lines(count)
    .split('\n')
    .map((line, i) => `${i + 1}\t${line}`)
    .join('\n')
}

for (const [name, tool_response, holds, isRead, input = {}] of rows) {
  reads(`${isRead ? 'read' : 'not read'}: ${name}`, () => {
    const call = { tool_name: 'Read', tool_input: { file_path: '/a', ...input }, tool_response }
    const found = readsIn({ tool_calls: [call] })
    assert.is(
      found.some(({ shows }) => shows === undefined || shows(holds)),
      isRead,
    )
  })
}

reads('only what reads is looked at, and a batch of another form does no harm', () => {
  assert.equal(
    readsIn({ tool_calls: [{ tool_name: 'Write', tool_input: { file_path: '/a' }, tool_response: shown }] }),
    [],
  )
  for (const batch of [{}, { tool_calls: 7 }, { tool_calls: [7] }, { tool_calls: [{ tool_name: 'Read' }] }]) {
    assert.equal(readsIn(batch), [])
  }
})

reads.run()
