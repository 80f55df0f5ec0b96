import { isLive } from '@coordlog/coordination/lookup'
import { type Metric, metricsOf, metricsText } from '@coordlog/coordination/metrics'
import type { State } from '@coordlog/coordination/state'
import { instanceStatus, type Present } from '@coordlog/coordination/views'
import { openCoordination } from '@coordlog/runtime/coordination'
import { forgetRepositories } from '@coordlog/runtime/place'
import type { ResidentStatus } from './ask.js'
import type { Frame } from './frame.js'
import type { AnswerHook } from './hookServer.js'
import type { Journal } from './journal.js'
import { type Performer, performer } from './perform.js'
import type { ResidentOptions } from './start.js'
import { tidyUpLater } from './tidyUp.js'
import type { WarmLog } from './warmLog.js'

/** What a resident does for those who ask, wherever they came in. */
export interface Answering {
  perform: Performer
  /** The payload of an agent's hook, posted by the agent itself. */
  hook: AnswerHook
  hasLiveInstances(): Promise<boolean>
  /** Figures for Prometheus, as text. */
  metrics(): Promise<string>
  status(): Omit<ResidentStatus, 'hookPort'>
  onRequest(tell: () => void): void
}

const neverGone = new AbortController().signal

export function createAnswering(options: ResidentOptions, warm: WarmLog, journal: Journal): Answering {
  const { directory, build, clock, runCommand, isFit } = options
  const startedAt = clock.now()
  let requests = 0
  let lastRequestMs = 0
  let touch: () => void = () => undefined
  const later = tidyUpLater(clock, journal, () => lastRequestMs)
  const performed = performer({ directory, warm, runCommand, isFit, later })
  const perform: Performer = (frame, gone) => {
    requests += 1
    lastRequestMs = clock.monotonicMs()
    touch()
    forgetRepositories()
    return performed(frame, gone)
  }
  return {
    perform,
    hook: (agent, payload, headers) => postedHook(perform, directory, { agent, payload, headers }),
    hasLiveInstances: () => hasLiveInstances(options, warm),
    metrics: async () => metricsText([...metricsOf(...(await lookAt(options, warm))), requestsMetric(requests)]),
    status: () => {
      const memoryBytes = process.memoryUsage().rss
      return { pid: process.pid, build, directory, startedAt, requests, ...warm.counts(), memoryBytes }
    },
    onRequest: (tell) => {
      touch = tell
    },
  }
}

async function hasLiveInstances(options: ResidentOptions, warm: WarmLog): Promise<boolean> {
  const [state, present] = await lookAt(options, warm)
  return Object.values(state.instances).some((instance) => {
    if (!isLive(instance)) return false
    const status = instanceStatus(instance, present)
    return status === 'active' || status === 'idle'
  })
}

async function lookAt({ directory, clock }: ResidentOptions, warm: WarmLog): Promise<[State, Present]> {
  const request = { cwd: directory, dir: directory, env: {}, clock, lockDeadlineMs: 0 }
  const coordination = await openCoordination({ ...request, ...warm.accessFor(neverGone) })
  const { state } = await coordination.load()
  return [state, coordination.present(state)]
}

function requestsMetric(value: number): Metric {
  const help = 'Calls that this resident has answered.'
  return { name: 'coordlog_resident_requests_total', kind: 'counter', help, samples: [{ value }] }
}

interface Posted {
  agent: string
  payload: Uint8Array
  headers: { [name: string]: string | string[] | undefined }
}

/** An agent that posts its payload itself gives no environment and no process: but for a header, the payload says where it is. */
async function postedHook(perform: Performer, directory: string, { agent, payload, headers }: Posted): Promise<string> {
  const project = headers['x-coord-project']
  const frame: Frame = {
    cwd: directory,
    callerPid: 0,
    isTerminal: { stdout: false, stderr: false },
    columns: 80,
    requestId: '',
    env: typeof project === 'string' && project.startsWith('/') ? { CLAUDE_PROJECT_DIR: project } : {},
    argv: ['hook', agent],
    stdin: { kind: 'text', bytes: payload },
  }
  const performed = await perform(frame, neverGone)
  return performed === 'elsewhere' ? '' : performed.stdout
}
