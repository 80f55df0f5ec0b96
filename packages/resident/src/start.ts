import { randomBytes } from 'node:crypto'
import { appendFileSync, renameSync, statSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { isLive } from '@coordlog/coordination/lookup'
import { instanceStatus } from '@coordlog/coordination/views'
import type { Clock } from '@coordlog/runtime/clock'
import { type Coordination, type OpenOptions, openCoordination } from '@coordlog/runtime/coordination'
import { forgetRepositories } from '@coordlog/runtime/place'
import { type Address, readAddress, removeAddress, writeAddress } from './address.js'
import { ask } from './ask.js'
import { isOutdated, type Tenure, takeOver, tryTenure, watchIdleness } from './lifetime.js'
import { type Performed, performer, type RunCommand } from './perform.js'
import { listen } from './server.js'
import { createWarmLog, type WarmLog } from './warmLog.js'

export interface ResidentOptions {
  /** The coordination directory it is for. */
  directory: string
  build: string
  /** 0: the system's choice. */
  port: number
  idleMs: number
  clock: Clock
  /** Runs a command with this resident's way to open the log. */
  commandsWith(open: (options: OpenOptions) => Promise<Coordination>): RunCommand
  /** Which command lines it may run: none that needs a terminal or runs long. */
  isFit(argv: readonly string[]): boolean
  /** Fires when the process is told to stop. */
  signal: AbortSignal
}

export interface Resident {
  address: Address
  /** Settles when it has stopped, with the reason. */
  stopped: Promise<string>
}

const checkMs = 2_000
const journalBytesMax = 256 * 1024

/** undefined: another resident of this directory and build is there, which is just as good. */
export async function startResident(options: ResidentOptions): Promise<Resident | undefined> {
  const { directory, build } = options
  const tenure = await tenureFor(directory, build)
  if (tenure === undefined) return undefined
  const warm = createWarmLog(directory)
  const open = opener(warm, options)
  const token = randomBytes(32).toString('hex')
  const startedAt = options.clock.now()
  let requests = 0
  let leave: (why: string) => void = () => undefined
  const stopped = new Promise<string>((resolve) => {
    leave = resolve
  })
  const idle = watchIdleness({
    idleMs: options.idleMs,
    checkMs,
    monotonicMs: () => options.clock.monotonicMs(),
    hasLiveInstances: () => hasLiveInstances(open, options),
    isOver: () => tenure.isOver() || readAddress(directory)?.token !== token,
    leave,
  })
  const perform = performer(directory, options.commandsWith(open), options.isFit)
  const counted = <T>(work: Promise<T>): Promise<T> => {
    requests++
    idle.touch()
    forgetRepositories()
    return work
  }
  const { server, port } = await listen(
    token,
    {
      perform: (frame) => counted(perform(frame)),
      hook: (agent, payload) => counted(postedHook(perform, directory, agent, payload)),
      status: () => ({
        pid: process.pid,
        build,
        directory,
        startedAt,
        requests,
        memoryBytes: process.memoryUsage().rss,
      }),
      stop: () => leave('it was told to'),
    },
    options.port,
  )
  options.signal.addEventListener('abort', () => leave('its process was told to end'))
  const address = { build, port, pid: process.pid, token }
  writeAddress(directory, address)
  journal(directory, options.clock, `resident ${process.pid} of build ${build} listens on 127.0.0.1:${port}`)
  return {
    address,
    stopped: stopped.then((why) => {
      idle.stop()
      shutDown({ server, warm, tenure, directory, token })
      journal(directory, options.clock, `resident ${process.pid} stops: ${why}`)
      return why
    }),
  }
}

async function tenureFor(directory: string, build: string): Promise<Tenure | undefined> {
  const tenure = await tryTenure(directory)
  if (tenure !== undefined || !isOutdated(directory, build)) return tenure
  return takeOver(directory, () => stopResident(directory).then(() => undefined))
}

/** Whether there was one to be told. */
export async function stopResident(directory: string): Promise<boolean> {
  const address = readAddress(directory)
  return address !== undefined && (await ask(address, 'POST', '/stop')) !== undefined
}

/** What it says of itself, if it is there. */
export async function askStatus(directory: string): Promise<{ address: Address; said: string } | undefined> {
  const address = readAddress(directory)
  if (address === undefined) return undefined
  const said = await ask(address, 'GET', '/status')
  return said === undefined ? undefined : { address, said }
}

/** Opens as everybody does, over the log that is warm; what may wait is done when the answer is out. */
function opener(warm: WarmLog, { directory, clock }: ResidentOptions): (options: OpenOptions) => Promise<Coordination> {
  return async (options) => {
    const coordination = await openCoordination({ ...options, openLog: warm.open })
    const later = () => {
      coordination.tidyUp().catch((error: unknown) => {
        journal(directory, clock, `tidying up failed: ${error instanceof Error ? error.message : String(error)}`)
      })
    }
    return { ...coordination, tidyUp: async () => void setTimeout(later, tidyUpDelayMs).unref() }
  }
}

const tidyUpDelayMs = 20

async function hasLiveInstances(
  open: (options: OpenOptions) => Promise<Coordination>,
  { directory, clock }: ResidentOptions,
): Promise<boolean> {
  const coordination = await open({ cwd: directory, dir: directory, env: {}, clock, lockDeadlineMs: 0 })
  const { state } = await coordination.load()
  const present = coordination.present(state)
  return Object.values(state.instances).some((instance) => {
    if (!isLive(instance)) return false
    const status = instanceStatus(instance, present)
    return status === 'active' || status === 'idle'
  })
}

/** An agent that posts its payload itself gives no environment and no process: the payload says where it is. */
async function postedHook(
  perform: ReturnType<typeof performer>,
  directory: string,
  agent: string,
  payload: Uint8Array,
): Promise<Performed> {
  const performed = await perform({
    cwd: directory,
    callerPid: 0,
    isTerminal: { stdout: false, stderr: false },
    columns: 80,
    requestId: '',
    env: {},
    argv: ['hook', agent],
    stdin: { kind: 'text', bytes: payload },
  })
  return performed === 'elsewhere' ? { exitCode: 0, stdout: '', stderr: '' } : performed
}

interface Estate {
  server: Server
  warm: WarmLog
  tenure: Tenure
  directory: string
  token: string
}

function shutDown({ server, warm, tenure, directory, token }: Estate): void {
  removeAddress(directory, token)
  server.close()
  server.closeIdleConnections()
  warm.close()
  tenure.giveUp()
}

/** Bounded: the last two files of 256 KiB. Without its directory there is nowhere to write, and nothing to say. */
function journal(directory: string, clock: Clock, line: string): void {
  const file = join(directory, 'resident.log')
  if (!statSync(directory, { throwIfNoEntry: false })) return
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > journalBytesMax) renameSync(file, `${file}.1`)
  appendFileSync(file, `${clock.now()} ${line}\n`, { mode: 0o600 })
}
