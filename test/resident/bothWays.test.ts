// timeout: 300s
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { agentNames } from '@coordlog/agents/agentNames'
import { rehearsalFor } from '@coordlog/agents/rehearsals'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { edit, openStage, payload, type Stage } from './stage.js'

/**
 * Each line twice, on two repositories with the same history: once through the resident, once in a process of its own.
 * Exit code, standard output and standard error must be the same, byte for byte, but for what the mask takes away: the
 * folder, random ids, and whatever is a time, a span of time or made of one (ids of instances, and how far a column is
 * moved by a longer span above it).
 */

function masked(stage: Stage, text: string): string {
  return text
    .replaceAll(stage.folder, '<folder>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z/g, '<time>')
    .replaceAll(/\b\d\d:\d\d:\d\d\b/g, '<time of day>')
    .replaceAll(/([a-z]+)-\d{8}-\d{6}-[0-9a-f]{8}/g, '$1-<id>')
    .replaceAll(/just now|\b\d+(ms|s|m|h)( \d+s)? ago|\bin \d+m( \d+s)?|\bin \d+s/g, '<span>')
    .replaceAll(/within \d+ ms/g, 'within <span>')
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/("\d+-[\w.-]+)-[0-9a-f]{8}\b/g, '$1-<of the holder>')
    .replaceAll(/"requestId":"[\w.-]+"/g, '"requestId":"<random>"')
}

const hostile = '\u202e\u200b\u001b[31m"$(id)`\\n\u{e0041}'
const long = 'x'.repeat(5_000)
const decision = ['decisions', 'add', '--category', 'testing', '--title']
const by = ['--instance', 'bob']

/** In this order: what the earlier ones did is what the later ones see. */
const lines: string[][] = [
  ['status'],
  ['status', '--json'],
  ['status', '--verbose'],
  ['instance', 'list'],
  ['instance', 'list', '--json'],
  ['instance', 'heartbeat'],
  ['instance', 'heartbeat', '--json'],
  ['instance', 'register', '--task', 'first', ...by],
  ['instance', 'register', '--task', hostile, '--role', hostile, '--instance', 'eve', '--json'],
  ['instance', 'register', '--task', long],
  ['instance', 'register', '--pid', '0'],
  ['instance', 'register', '--parent', 'nobody'],
  ['instance', 'heartbeat', ...by],
  ['instance', 'heartbeat', '--json', ...by],
  ['instance', 'heartbeat', '--instance', 'no body'],
  ['instance', 'show', 'bob'],
  ['instance', 'show', 'bob', '--json'],
  ['instance', 'show', 'nobody'],
  ['instance', 'show'],
  ['lock', 'check', 'a.ts'],
  ['lock', 'check', 'a.ts', '--json'],
  ['lock', 'acquire', 'a.ts', ...by, '--reason', hostile],
  ['lock', 'acquire', 'b.ts', 'src/c.ts', '--json', ...by, '--ttl', '1h'],
  ['lock', 'acquire', 'a.ts', '--instance', 'eve'],
  ['lock', 'acquire', 'a.ts', 'z.ts', '--instance', 'eve', '--json'],
  ['lock', 'acquire', '../outside.ts', ...by],
  ['lock', 'acquire', '', ...by],
  ['lock', 'acquire', '.', ...by],
  ['lock', 'acquire', '~/x', ...by],
  ['lock', 'acquire', 'é.ts', 'e\u0301.ts', ...by, '--json'],
  ['lock', 'acquire', 'two\nlines', ...by],
  ['lock', 'acquire', 'x.ts', '--ttl', '0', ...by],
  ['lock', 'acquire', 'x.ts', '--ttl', '1e308', ...by],
  ['lock', 'acquire', long, ...by],
  ['lock', 'acquire'],
  ['lock', 'check', 'a.ts', '--instance', 'eve'],
  ['lock', 'check', 'a.ts', '--instance', 'eve', '--json'],
  ['lock', 'check', 'a.ts', ...by],
  ['lock', 'check', 'new/folder/x.ts'],
  ['lock', 'check', 'a.ts', 'b.ts'],
  ['lock', 'check', 'a.ts', '--at', '1'],
  ['lock', 'check', 'a.ts', '--at', '999'],
  ['lock', 'check', 'a.ts', '--at', 'yesterday'],
  ['lock', 'list'],
  ['lock', 'list', '--json'],
  ['lock', 'release', 'a.ts', '--instance', 'eve'],
  ['lock', 'release', 'a.ts', '--token', '1', ...by],
  ['lock', 'release', 'a.ts', '--token', '-1', ...by],
  ['lock', 'release', 'a.ts', '--force', '--instance', 'eve'],
  ['lock', 'release', 'a.ts', '--force', '--reason', 'x', '--instance', 'eve', '--json'],
  ['lock', 'release', 'nothing.ts', ...by, '--json'],
  ['lock', 'release', 'b.ts', 'src/c.ts', ...by],
  ['lock', 'cleanup'],
  ['lock', 'cleanup', '--json'],
  [...decision, 'plain', '--description', 'd', ...by],
  [...decision, hostile, '--description', `${hostile}\n${hostile}`, '--json', ...by],
  [...decision, 'with all', '--description', 'd', '--rationale', 'r', '--alternative', 'a', '--file', 'a.ts', ...by],
  [...decision, 'x'.repeat(201), '--description', 'd', ...by],
  [...decision, '', '--description', 'd', ...by],
  [...decision, 't', '--description', long, ...by],
  [...decision, 't', ...by],
  ['decisions', 'add', '--category', 'nonsense', '--title', 't', '--description', 'd'],
  ['decisions', 'list'],
  ['decisions', 'list', '--json'],
  ['decisions', 'list', '--search', 'plain', '--limit', '1', '--json'],
  ['decisions', 'list', '--limit', '-1'],
  ['decisions', 'show', 'DEC-20000101-0001'],
  ['decisions', 'show', 'DEC-20000101-0001', '--json'],
  ['decisions', 'supersede', 'DEC-20000101-0001', '--title', 't', '--description', 'd'],
  ['decisions', 'status', 'DEC-20000101-0001', 'rejected'],
  ['decisions', 'status', 'DEC', 'nonsense'],
  ['status', '--nonsense'],
  ['status', '--json', '--constructor'],
  ['status', 'extra'],
  ['status', '--help'],
  ['statsu'],
  ['lock'],
  ['lock', 'nonsense'],
  ['lock', 'help'],
  ['decisions', '--help'],
  ['instance', 'end', ...by],
  ['instance', 'end', '--json', ...by],
  ['instance', 'end', '--instance', 'nobody'],
  ['instance', 'list', '--all'],
  ['status', '--verbose'],
  ['status', '--json'],
]

const both = suite<{ warm: Stage; cold: Stage }>('both ways')

both.before.each(async (context) => {
  context.warm = openStage()
  context.cold = openStage()
  for (const { repo } of [context.warm, context.cold]) mkdirSync(join(repo, 'src'))
  await context.warm.serve()
})
both.after.each(({ warm, cold }) => {
  warm.remove()
  cold.remove()
})

both(`${lines.length} command lines`, ({ warm, cold }) => {
  let differences = 0
  for (const line of lines) {
    const [one, other] = [warm.coord(line), cold.direct(line)]
    for (const part of ['code', 'stdout', 'stderr'] as const) {
      const [here, there] = [masked(warm, String(one[part])), masked(cold, String(other[part]))]
      if (here === there) continue
      differences += 1
      process.stdout.write(
        `${line.join(' ').slice(0, 100)}\n  ${part} ${JSON.stringify(here)}\n  direct ${JSON.stringify(there)}\n`,
      )
    }
  }
  assert.is(differences, 0)
  assert.ok(warm.requests() > lines.length / 2, `${warm.requests()} of ${lines.length} by the resident`)
})

both('every event of a session, and what is none', async ({ warm, cold }) => {
  const events = (repo: string): (object | string)[] => [
    payload(repo, 'one', 'SessionStart', { source: 'startup' }),
    payload(repo, 'one', 'UserPromptSubmit', { prompt: `do it\n${hostile}`, prompt_id: 't1' }),
    edit(repo, 'one', 'c1'),
    edit(repo, 'one', 'c1', 'a.ts', 'PostToolUse'),
    edit(repo, 'two', 'c2'),
    edit(repo, 'two', 'c3', '/etc/passwd'),
    edit(repo, 'two', 'c4', hostile),
    payload(repo, 'two', 'PostToolBatch', { tool_calls: [] }),
    payload(repo, 'one', 'SubagentStart', { agent_id: 'sub', agent_type: 'tester' }),
    { ...edit(repo, 'one', 'c5'), agent_id: 'sub', agent_type: 'tester' },
    payload(repo, 'one', 'SubagentStop', { agent_id: 'sub', agent_type: 'tester' }),
    payload(repo, 'one', 'Stop'),
    payload(repo, 'two', 'CwdChanged', { old_cwd: repo, new_cwd: '/' }),
    payload(repo, 'one', 'Nonsense'),
    payload('/nowhere', 'three', 'Stop'),
    payload(repo, 'one', 'SessionEnd', { reason: 'other' }),
    '',
    'null',
    '{"session_id":',
    '{"session_id":5,"hook_event_name":"Stop"}',
    '{"__proto__":{"session_id":"x"}}',
  ]
  for (const [index, event] of events(warm.repo).entries()) {
    const other = events(cold.repo)[index] ?? ''
    const text = (one: object | string) => (typeof one === 'string' ? one : JSON.stringify(one))
    const here = warm.coord(['hook', 'claude-code'], { input: text(event) })
    const there = cold.direct(['hook', 'claude-code'], { input: text(other) })
    for (const part of ['code', 'stdout', 'stderr'] as const) {
      assert.is(
        masked(warm, String(here[part])),
        masked(cold, String(there[part])),
        `${part} of ${text(event).slice(0, 200)}`,
      )
    }
  }
  const summary = async (stage: Stage) =>
    (await stage.records()).map(({ type, data }) => `${type} ${masked(stage, JSON.stringify(Object.keys(data)))}`)
  assert.equal(await summary(warm), await summary(cold), 'the same history')
})

for (const agent of agentNames) {
  both(`an edit, a refusal and the end of a turn of ${agent}, of the process that asked`, async ({ warm, cold }) => {
    const rehearsal = rehearsalFor(agent)
    assert.ok(rehearsal, `${agent} has no rehearsal`)
    const tell = (stage: Stage, run: Stage['coord']) => {
      const scene = (session: string) => ({ session, cwd: stage.repo, path: join(stage.repo, 'a.ts') })
      const inputs = [
        rehearsal.beforeEdit(scene('one')),
        rehearsal.beforeEdit(scene('two')),
        rehearsal.afterEdit(scene('one')),
        rehearsal.turnEnd(scene('one')),
        rehearsal.beforeEdit(scene('two')),
      ]
      return inputs.map((input) => run(['hook', agent], { input, env: { COORD_INPUT: 'ends' } }))
    }
    const before = warm.requests()
    const here = tell(warm, warm.coord)
    assert.ok(warm.requests() >= before + here.length, 'the resident answered')
    const there = tell(cold, cold.direct)
    assert.is(masked(warm, JSON.stringify(here)), masked(cold, JSON.stringify(there)))
    assert.match(rehearsal.refusalIn(here[1]?.stdout ?? '') ?? '', /File a\.ts is locked by instance/)
    const facts = async (stage: Stage) =>
      (await stage.records()).map(({ type, by, data }) => {
        const pid = type === 'instance.registered' && JSON.stringify(data).includes(`"pid":${process.pid},`)
        return `${type} ${masked(stage, by)} ${pid ? 'ours' : ''}`
      })
    assert.equal(await facts(warm), await facts(cold))
    assert.is((await facts(warm)).filter((line) => line.endsWith(' ours')).length, 2)
  })
}

both('a log that is damaged, and one of a later format', ({ warm, cold }) => {
  for (const stage of [warm, cold]) {
    stage.hook(edit(stage.repo, 'one', 'c1'))
    writeFileSync(join(stage.directory, 'lock'), 'coordlog 99 of a later day\n')
  }
  for (const line of [
    ['status'],
    ['status', '--json'],
    ['lock', 'acquire', 'b.ts'],
    [...decision, 't', '--description', 'd', '--json'],
  ]) {
    const [here, there] = [warm.coord(line), cold.direct(line)]
    assert.is(masked(warm, JSON.stringify(here)), masked(cold, JSON.stringify(there)), line.join(' '))
    if (line[0] !== 'status') assert.is(here.code, 78)
  }
})

both.run()
