import { decide } from '@coordlog/coordination/decide'
import type { DomainEvent } from '@coordlog/coordination/events'
import { evolve } from '@coordlog/coordination/evolve'
import { initial, type State } from '@coordlog/coordination/state'
import type { Policy } from '@coordlog/coordination/vocabulary'
import { someDecision, someFile, someTask } from './projectWords.js'
import { type Random, randomFrom } from './random.js'

/**
 * True histories of made-up agents: what each of them asks goes through the domain's own decide, so every event is one
 * that coordlog would have recorded, refusals included. The same settings give the same events.
 */

export interface HistorySettings {
  readonly seed: number
  /** When the first event happens, ISO 8601. */
  readonly start: string
  /** Agents that work at once. */
  readonly agents: number
}

export const defaultSettings: HistorySettings = { seed: 1, start: '2026-01-08T08:00:00.000Z', agents: 8 }

export const policy: Policy = { enforce: 'deny', hold: 'turn', ttlMs: 300_000, worktrees: 'shared' }

export interface History {
  /** The fold of all events so far; the history goes on changing it. */
  readonly state: State
  next(): DomainEvent
  /** Ends every session that runs. */
  endAll(): DomainEvent[]
  /** Takes in what another command yielded on this state. */
  add(event: DomainEvent): void
  /** The time of the next event. */
  now(): string
}

/** What an agent still means to do; taken from the end. */
type Intent = 'prompt' | 'read' | 'edit' | 'write' | 'fail' | 'decide' | 'stop' | 'exit'

interface Agent {
  /** Empty until registered. */
  id: string
  readonly session: string
  readonly worktree: string
  plan: Intent[]
  turn: string
  call: string
  path: string
}

interface Scene {
  readonly random: Random
  readonly agents: Agent[]
  state: State
  atMs: number
}

const stepMsMax = 4_000
const root = '/home/dev/shop'
/** One turn in so many brings a decision: about one event in eight hundred, fifteen on a busy day of a team. */
const turnsPerDecision = 40

export function createHistory(settings: HistorySettings = defaultSettings): History {
  const scene: Scene = {
    random: randomFrom(settings.seed),
    agents: [],
    state: initial(),
    atMs: Date.parse(settings.start),
  }
  for (let index = 0; index < settings.agents; index += 1) scene.agents.push(someAgent(scene.random))
  return {
    get state() {
      return scene.state
    },
    next: () => nextEvent(scene),
    endAll: () => endAll(scene),
    add: (event) => record(scene, event),
    now: () => new Date(scene.atMs).toISOString(),
  }
}

function record(scene: Scene, event: DomainEvent | undefined): DomainEvent | undefined {
  if (event !== undefined) scene.state = evolve(scene.state, { seq: scene.state.sequence + 1, ...event })
  return event
}

function someAgent(random: Random): Agent {
  const session = `claude-code/${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`
  const worktree = random.below(3) === 0 ? `${root}-${random.hex(4)}` : root
  return { id: '', session, worktree, plan: planOf(random), turn: '', call: '', path: '' }
}

/** Some turns of some edits each, read from the end: prompts and stops enclose what lies between. */
function planOf(random: Random): Intent[] {
  const plan: Intent[] = ['exit']
  for (let turns = 2 + random.below(6); turns > 0; turns -= 1) {
    plan.push('stop')
    if (random.below(turnsPerDecision) === 0) plan.push('decide')
    for (let edits = 2 + random.below(14); edits > 0; edits -= 1) {
      plan.push(random.below(16) === 0 ? 'fail' : 'write', 'edit')
      if (random.below(2) === 0) plan.push('read')
    }
    plan.push('prompt')
  }
  return plan
}

/** Some asks yield nothing (a refused edit is not written); those are passed over, and time goes on. */
function nextEvent(scene: Scene): DomainEvent {
  for (;;) {
    scene.atMs += 1 + scene.random.below(stepMsMax)
    const index = scene.random.below(scene.agents.length)
    const agent = scene.agents[index]
    if (agent === undefined) throw new Error('a history needs at least one agent')
    const event = record(scene, agent.id === '' ? register(scene, agent) : act(scene, agent))
    if (agent.plan.length === 0) scene.agents[index] = someAgent(scene.random)
    if (event !== undefined) return event
  }
}

function asked(scene: Scene, by: string): { at: string; by: string; manual: false } {
  return { at: new Date(scene.atMs).toISOString(), by, manual: false }
}

function register({ state, random, atMs }: Scene, agent: Agent): DomainEvent | undefined {
  const { event, reply } = decide(state, {
    type: 'instance.register',
    at: new Date(atMs).toISOString(),
    manual: false,
    session: agent.session,
    idPrefix: 'claude',
    nonce: random.hex(32),
    host: 'claude-code',
    role: 'main',
    task: '',
    worktree: agent.worktree,
    cwd: agent.worktree,
    branch: agent.worktree === root ? 'main' : `agent/${agent.worktree.slice(-4)}`,
    user: 'dev',
    os: 'linux',
    process: processOf(random),
    source: 'startup',
  })
  agent.id = reply.instance
  return event
}

function processOf(random: Random) {
  const pid = 2000 + random.below(60_000)
  const bootId = '6f1c0f6e-5f0e-4b52-9a55-0d1f0a6f3a11'
  return { pid, startedAt: String(1_000_000 + random.below(9_000_000)), bootId, pidNamespace: 'pid:[4026531836]' }
}

function act(scene: Scene, agent: Agent): DomainEvent | undefined {
  const { state, random } = scene
  const { id: by, worktree } = agent
  const ask = asked(scene, by)
  const intent = agent.plan.pop()
  switch (intent) {
    case 'prompt':
      agent.turn = `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}`
      return decide(state, { type: 'turn.start', ...ask, task: someTask(random), turn: agent.turn }).event
    case 'read':
      return decide(state, { type: 'instance.heartbeat', ...ask, minIntervalMs: 30_000 }).event
    case 'edit':
      return takeLease(scene, agent)
    case 'write': {
      if (agent.call === '') return undefined
      const { call, path } = agent
      return decide(state, { type: 'file.edit', ...ask, paths: [path], worktree, tool: 'Edit', call, policy }).event
    }
    case 'fail':
      return decide(state, { type: 'calls.end', ...ask, calls: [agent.call] }).event
    case 'decide':
      return decide(state, { type: 'decision.add', ...ask, ...someDecision(random), requestId: random.hex(32) }).event
    case 'stop':
      return decide(state, { type: 'turn.end', ...ask, outcome: 'completed' }).event
    default:
      return decide(state, { type: 'instance.end', ...ask, instance: by, reason: 'prompt_input_exit' }).event
  }
}

function takeLease(scene: Scene, agent: Agent): DomainEvent | undefined {
  const { random } = scene
  const { worktree, turn } = agent
  const path = someFile(random)
  const call = `toolu_01${random.hex(22)}`
  const what = { paths: [path], worktree, reason: 'Edit', policy, requestId: call, call, turn, liveness: {} }
  const { event, reply } = decide(scene.state, { type: 'lock.acquire', ...asked(scene, agent.id), ...what })
  agent.call = reply.kind === 'granted' ? call : ''
  agent.path = path
  return event
}

function endAll(scene: Scene): DomainEvent[] {
  const ends: DomainEvent[] = []
  for (const agent of scene.agents) {
    if (agent.id === '') continue
    const ask = { ...asked(scene, agent.id), instance: agent.id, reason: 'prompt_input_exit' }
    const event = record(scene, decide(scene.state, { type: 'instance.end', ...ask }).event)
    if (event !== undefined) ends.push(event)
  }
  scene.agents.length = 0
  return ends
}
