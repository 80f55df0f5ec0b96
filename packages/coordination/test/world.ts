import fc from 'fast-check'
import type { Command } from '../src/commands.js'
import { decide } from '../src/decide.js'
import type { RecordedEvent } from '../src/events.js'
import { evolve } from '../src/evolve.js'
import { initial, type State } from '../src/state.js'
import {
  enforceModes,
  holdModes,
  Liveness,
  type Policy,
  priorityModes,
  readModes,
  worktreeModes,
} from '../src/vocabulary.js'
import {
  acquire,
  addDecision,
  cleanup,
  deliverNotice,
  edit,
  end,
  endCalls,
  endTurn,
  heartbeat,
  importItem,
  read,
  register,
  release,
  reportBypass,
  setStatus,
  startTurn,
  tellBypass,
  update,
} from './asks.js'
import { assertDeclared, copyOf, time } from './scenario.js'
import { editSeen, optional, tokenOf } from './worldFacts.js'

/**
 * A small world at random: three sessions with subagents, four paths, two worktrees, every policy, a clock that jumps in
 * both directions. A step is plain data, so that a failure can be read and shrunk; it becomes a command only when it is
 * played, because ids and tokens are made on the way.
 */

/** Member → whom it works for. Names are session texts; the instance ids are made by the domain. */
const parents: Record<string, string | undefined> = {
  one: undefined,
  two: undefined,
  three: undefined,
  'one/a': 'one',
  'one/b': 'one',
  'one/a/x': 'one/a',
  'two/a': 'two',
}
const paths = ['a.ts', 'src/b.ts', '__proto__', '7', '@git/index']

const member = fc.constantFrom(...Object.keys(parents))
const worktree = fc.constantFrom('main', 'side')
const pathList = fc.array(fc.constantFrom(...paths), { minLength: 1, maxLength: 3 })
const callId = fc.constantFrom('c1', 'c2', 'c3', 'c4')
const call = fc.option(callId, { nil: undefined, freq: 4 })
const turn = fc.option(fc.constantFrom('t1', 't2', 't3'), { nil: undefined, freq: 3 })
const seen = fc.dictionary(member, fc.constantFrom<Liveness>(...Liveness().options), { maxKeys: 3 })
/** What tells one message from the next, where calls have no id. */
const request = fc.option(fc.nat(2))
/** What files hold, where somebody looked. */
const content = fc.option(fc.constantFrom('absent', 'c0ffee'), { nil: undefined, freq: 4 })
const elapsedMs = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 1_000, 30_000) },
  { weight: 3, arbitrary: fc.constantFrom(149_999, 150_001, 299_999, 300_000, 3_600_000, 86_400_000) },
  { weight: 1, arbitrary: fc.constantFrom(-1, -60_000, -3_600_000, -86_400_000) },
)

/** Who ranks how: by the first part of a member's name. */
const roles: Record<string, string> = { one: 'architect', two: 'developer', three: 'tester' }
const rules = [
  { paths: 'src/**', roles: ['developer', 'architect'] },
  { paths: '[a_]*', roles: ['architect', 'developer'] },
]

const priority = fc.option(
  fc.record({
    mode: fc.constantFrom(...priorityModes),
    graceMs: fc.constantFrom(0, 1_000, 30_000),
    rules: fc.constant(rules),
  }),
  { nil: undefined, freq: 2 },
)

export function policies(worktrees: readonly Policy['worktrees'][] = worktreeModes): fc.Arbitrary<Policy> {
  const facts = fc.record(
    {
      enforce: fc.constantFrom(...enforceModes),
      hold: fc.constantFrom(...holdModes),
      ttlMs: fc.constantFrom(1_000, 300_000, 3_600_000),
      worktrees: fc.constantFrom(...worktrees),
      reads: fc.constantFrom(...readModes),
    },
    { requiredKeys: ['enforce', 'hold', 'ttlMs', 'worktrees'] },
  )
  return fc.tuple(facts, priority).map(([policy, ranks]) => (ranks ? { ...policy, priority: ranks } : policy))
}

const over = fc.oneof(
  fc.constant('all' as const),
  fc.array(callId, { maxLength: 2 }),
  fc.record({ notOfTurn: fc.constantFrom('t1', 't2') }),
)
const reading = fc.record({
  type: fc.constant('file.read' as const),
  who: member,
  paths: pathList,
  worktree,
  late: fc.nat(2),
})
const decisionStatus = fc.constantFrom('proposed' as const, 'accepted' as const, 'deprecated' as const)

const bypasses = fc.oneof(
  fc.record({
    type: fc.constant('bypass.report' as const),
    who: member,
    paths: pathList,
    holder: member,
    suspect: fc.option(member, { nil: undefined }),
    holds: fc.constantFrom('absent', 'c0ffee', 'facade'),
  }),
  fc.record({ type: fc.constant('bypass.tell' as const), who: member, paths: pathList }),
)

/** Who takes part and what they want; how often a holder is told of who asked. */
interface Cast {
  who: fc.Arbitrary<string>
  paths: fc.Arbitrary<string[]>
  call: fc.Arbitrary<string | undefined>
  notices: number
  elapsedMs: fc.Arbitrary<number>
}

const everybody: Cast = { who: member, paths: pathList, call, notices: 1, elapsedMs }
/** So few that what one does is often about what another did. */
const rivals: Cast = {
  who: fc.constantFrom('one', 'two'),
  paths: fc.constant(['a.ts']),
  call: fc.constant('c1'),
  notices: 12,
  elapsedMs: fc.constantFrom(1, 1_000, 30_000),
}

function beat(who: fc.Arbitrary<string>) {
  const minIntervalMs = fc.constantFrom(0, 60_000)
  return fc.record({ type: fc.constant('instance.heartbeat' as const), who, minIntervalMs, request })
}

function intents(policy: fc.Arbitrary<Policy>, { who, paths: wanted, call: inFlight, notices }: Cast) {
  const on = { who, paths: wanted, worktree, policy }
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant('instance.register' as const), who, worktree, manual: fc.boolean() }),
    },
    { weight: 1, arbitrary: beat(who) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('instance.update' as const),
        who,
        worktree,
        task: fc.constantFrom('x', 'y'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('instance.end' as const), who, whom: member }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('turn.start' as const), who, turn }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('turn.end' as const), who }) },
    {
      weight: 12,
      arbitrary: fc.record({ type: fc.constant('lock.acquire' as const), ...on, call: inFlight, turn, seen, content }),
    },
    { weight: notices, arbitrary: fc.record({ type: fc.constant('notice.deliver' as const), who, policy }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('lock.release' as const),
        who,
        paths: wanted,
        force: fc.boolean(),
        back: fc.option(fc.nat(3)),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant('file.edit' as const), ...on, call: inFlight, content, request }),
    },
    { weight: 3, arbitrary: reading },
    { weight: 6, arbitrary: bypasses },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('calls.end' as const), who, over }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('cleanup' as const), who, seen }) },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('decision.add' as const), who, supersedes: fc.option(fc.nat(5)) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('item.import' as const), who, which: fc.nat(3) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('decision.status' as const),
        who,
        which: fc.nat(5),
        status: decisionStatus,
      }),
    },
  )
}

type Intent = ReturnType<typeof intents> extends fc.Arbitrary<infer I> ? I : never
export interface Step {
  elapsedMs: number
  intent: Intent
}

/** Rank decides most, so that what hangs on it comes about. */
const ranked: fc.Arbitrary<Policy> = fc.record({
  enforce: fc.constant('deny'),
  hold: fc.constantFrom('turn', 'session'),
  ttlMs: fc.constantFrom(300_000, 3_600_000),
  worktrees: fc.constant('shared'),
  priority: fc.record({
    mode: fc.constantFrom('preempt', 'preempt', 'queue'),
    graceMs: fc.constantFrom(0, 1_000),
    rules: fc.constant(rules),
  }),
})

export function histories(policy?: fc.Arbitrary<Policy>): fc.Arbitrary<Step[]> {
  if (policy !== undefined) return historiesUnder(policy)
  return fc.oneof(
    { weight: 2, arbitrary: historiesUnder(policies()) },
    { weight: 1, arbitrary: historiesUnder(ranked, rivals) },
  )
}

function historiesUnder(policy: fc.Arbitrary<Policy>, cast = everybody): fc.Arbitrary<Step[]> {
  return fc.array(fc.record({ elapsedMs: cast.elapsedMs, intent: intents(policy, cast) }), {
    maxLength: 60,
    size: 'max',
  })
}

/** One command, decided and folded. `before` and `after` are states of their own: the next step changes neither. */
export interface Moment {
  readonly before: State
  readonly command: Command
  readonly reply: { readonly kind: string }
  readonly record: RecordedEvent | undefined
  readonly after: State
}

export interface Played {
  readonly records: RecordedEvent[]
  readonly state: State
}

/** Plays from nothing; every member is registered first, so that few commands fail for want of an author. */
export function play(steps: readonly Step[], look: (moment: Moment) => void = () => undefined): Played {
  const records: RecordedEvent[] = []
  let state = initial()
  let now = Date.parse(time('23:00'))
  const all = [...Object.keys(parents).map(introduced), ...steps]
  for (const [position, { elapsedMs, intent }] of all.entries()) {
    now += elapsedMs
    const at = new Date(now).toISOString()
    const command = commandOf(state, intent, at, String(position))
    const { event, reply } = decide(state, command)
    const before = copyOf(state)
    if (event !== undefined) {
      assertDeclared(event)
      const { durable: _durable, ...fact } = event
      // As a log would give it back; frozen, so that a fold that writes into an event throws.
      const record = frozen<RecordedEvent>(JSON.parse(JSON.stringify({ seq: records.length + 1, ...fact })))
      records.push(record)
      state = evolve(state, record)
      look({ before, command, reply, record, after: state })
    } else look({ before, command, reply, record: undefined, after: state })
  }
  return { records, state }
}

function introduced(who: string): Step {
  return { elapsedMs: 0, intent: { type: 'instance.register', who, worktree: 'main', manual: false } }
}

/** A state that shares nothing with the one given, and the records folded into it. */
export function refold(from: State, records: readonly RecordedEvent[]): State {
  return records.reduce(evolve, copyOf(from))
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen)
    Object.freeze(value)
  }
  return value
}

function roleOf(who: string): string {
  return roles[who.split('/')[0] ?? ''] ?? ''
}

function idOf(state: State, who: string): string {
  return state.sessions[who] ?? who
}

/** The id of a request that may come twice; none where null. */
function asked(request: number | null, name: string): { requestId?: string } {
  return request === null ? {} : { requestId: `${name}-${request}` }
}

function commandOf(state: State, intent: Intent, at: string, position: string): Command {
  const by = idOf(state, intent.who)
  const known = (seenOf: Record<string, Liveness>) =>
    Object.fromEntries(Object.entries(seenOf).map(([who, liveness]) => [idOf(state, who), liveness]))
  const requestId = `request ${position}`
  switch (intent.type) {
    case 'instance.register': {
      const parent = parents[intent.who]
      const above = parent === undefined ? {} : { parent: idOf(state, parent) }
      const { who, worktree: place, manual } = intent
      return { ...register(who, { worktree: place, manual, role: roleOf(who), ...above }), at }
    }
    case 'instance.heartbeat':
      return { ...heartbeat(by, { minIntervalMs: intent.minIntervalMs, ...asked(intent.request, 'beat') }), at }
    case 'instance.update':
      return { ...update(by, { worktree: intent.worktree, task: intent.task }), at }
    case 'instance.end':
      return { ...end(by, { instance: idOf(state, intent.whom) }), at }
    case 'item.import':
      return { ...importItem('{}', { requestId: `import:${intent.which}` }), at }
    case 'turn.start':
      return { ...startTurn(by, optional({ turn: intent.turn })), at }
    case 'turn.end':
      return { ...endTurn(by), at }
    case 'lock.acquire': {
      const { paths: asked, worktree: place, policy, call: id, turn: of } = intent
      const facts = { worktree: place, policy, requestId, liveness: known(intent.seen) }
      const { content: held } = intent
      const contents = held && asked.map((path) => ({ path, content: held }))
      return { ...acquire(by, asked, { ...facts, ...optional({ call: id, turn: of, contents }) }), at }
    }
    case 'notice.deliver':
      return { ...deliverNotice(by, { policy: intent.policy }), at }
    case 'lock.release': {
      const token = tokenOf(state, intent)
      return { ...release(by, intent.paths, { force: intent.force, ...optional({ token }) }), at }
    }
    case 'file.edit': {
      const { paths: written, worktree: place, policy, call: id, request, content: held } = intent
      const told = request === null ? undefined : `told-${request}`
      const contents = held && written.map((path) => ({ path, content: held, stamp: position }))
      const facts = { worktree: place, policy, ...optional({ call: id, requestId: told, contents }) }
      return { ...edit(by, written, facts), at }
    }
    case 'file.read': {
      const seen = intent.paths.map((path) => editSeen(state, path, intent.late, at))
      return { ...read(by, { worktree: intent.worktree, seen }), at }
    }
    case 'bypass.report': {
      const found = { holder: idOf(state, intent.holder), content: intent.holds, stamp: position }
      const changes = intent.paths.map((path) => ({ path, ...found }))
      const suspect = intent.suspect === undefined ? undefined : idOf(state, intent.suspect)
      return { ...reportBypass(by, changes, optional({ suspect })), at }
    }
    case 'bypass.tell':
      return { ...tellBypass(by, intent.paths), at }
    case 'calls.end':
      return { ...endCalls(by, intent.over), at }
    case 'cleanup':
      return { ...cleanup(by, { liveness: known(intent.seen) }), at }
    case 'decision.add': {
      const old = intent.supersedes === null ? undefined : state.decisions[intent.supersedes]?.id
      return { ...addDecision(by, { requestId, ...optional({ supersedes: old }) }), at }
    }
    case 'decision.status': {
      const id = state.decisions[intent.which]?.id ?? 'none'
      return { ...setStatus(by, id, intent.status), at }
    }
  }
}
