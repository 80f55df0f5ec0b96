import { randomBytes } from 'node:crypto'
import type { Clock } from '@coordlog/runtime/clock'
import { type Address, readAddress, removeAddress, writeAddress } from './address.js'
import { createAnswering } from './answering.js'
import { askStatus, stopResident } from './ask.js'
import { watchFaults } from './faults.js'
import { createHookServer } from './hookServer.js'
import { openJournal } from './journal.js'
import { awaitTenure, type Tenure, tryTenure, watchOver } from './lifetime.js'
import { createMetricsServer } from './metricsServer.js'
import { createMessenger, type Told } from './notify/background.js'
import type { RunCommand } from './perform.js'
import { listen } from './server.js'
import { sweepLeftOvers } from './sweep.js'
import { createUpkeep, type UpkeepWork } from './upkeep.js'
import { createWarmLog } from './warmLog.js'

export interface ResidentOptions {
  /** The coordination directory it is for: a real path. */
  directory: string
  build: string
  /** 0: the system's choice. */
  port: number
  /** Asked anew each time: settings change. */
  idleMs(): number
  clock: Clock
  runCommand: RunCommand
  told: Told
  /** Where figures are shown; asked anew each time. undefined: nowhere. */
  metricsPort(): number | undefined
  /** Which command lines it may run: none that needs a terminal or runs long. */
  isFit(argv: readonly string[]): boolean
  upkeep: UpkeepWork
  /** Fires when the process is told to stop. */
  signal: AbortSignal
}

export interface Resident {
  address: Address
  /** Settles when it has stopped, with the reason. */
  stopped: Promise<string>
}

const checkMs = 2_000
const replaceMs = 3_000

/**
 * undefined: another resident of this directory and build is there, which is just as good. Throws what opening the log
 * throws, before anybody is told to come here.
 */
export async function startResident(options: ResidentOptions): Promise<Resident | undefined> {
  const { directory, build, clock, idleMs } = options
  const tenure = await tenureFor(directory, build)
  if (tenure === undefined) return undefined
  const journal = openJournal(directory, clock)
  const monotonicMs = () => clock.monotonicMs()
  let leave: (why: string) => void = () => undefined
  const stopped = new Promise<string>((resolve) => {
    leave = resolve
  })
  const warm = createWarmLog(directory, clock)
  const answering = createAnswering(options, warm, journal)
  await answering.hasLiveInstances()
  const faults = watchFaults({ journal, monotonicMs, forget: warm.forget, leave })
  const hooks = createHookServer(directory, { answer: answering.hook, journal, onFault: faults.tell })
  const figures = createMetricsServer({
    port: options.metricsPort,
    text: answering.metrics,
    journal,
    onFault: faults.tell,
  })
  const token = randomBytes(32).toString('hex')
  const { perform } = answering
  const status = () => ({ ...answering.status(), hookPort: hooks.port() })
  const stop = () => leave('it was told to')
  const desk = { token, directory, clock, perform, status, stop, onFault: faults.tell }
  const { server, port } = await listen(desk, options.port)
  const address = { build, port, pid: process.pid, token }
  const upkeep = createUpkeep({ work: options.upkeep, idleMs, monotonicMs, journal })
  const messenger = createMessenger({ directory, warm, clock, journal, told: options.told })
  const serveOthers = async () => {
    await hooks.follow()
    await figures.follow()
    messenger.look()
    sweepLeftOvers(directory, clock)
  }
  const lookAfter = async (quietMs: number) => {
    await serveOthers()
    await upkeep.lookAfter(quietMs)
    // Clients that found nobody for a moment take it away, so that the next ones need not wait in vain.
    if (readAddress(directory) === undefined) writeAddress(directory, address)
  }
  await serveOthers()
  // Whatever stands there is of one that is dead: its tenure is ours.
  writeAddress(directory, address)
  const hasLiveInstances = async () => upkeep.isAtWork() || (await answering.hasLiveInstances())
  const mustLeave = () => reasonToLeave(tenure, directory, token)
  const watch = watchOver({ checkMs, idleMs, monotonicMs, hasLiveInstances, mustLeave, lookAfter, leave })
  answering.onRequest(watch.touch)
  options.signal.addEventListener('abort', () => leave('its process was told to end'))
  journal(`resident ${process.pid} of build ${build} listens on 127.0.0.1:${port}`)
  return {
    address,
    stopped: stopped.then((why) => {
      watch.stop()
      upkeep.stop()
      messenger.stop()
      faults.stop()
      hooks.close()
      figures.close()
      removeAddress(directory, token)
      server.close()
      warm.close()
      journal(`resident ${process.pid} stops: ${why}`)
      tenure.giveUp()
      return why
    }),
  }
}

function reasonToLeave(tenure: Tenure, directory: string, token: string): string | undefined {
  if (tenure.isOver()) return 'its directory is gone or replaced'
  const there = readAddress(directory)
  return there !== undefined && there.token !== token ? 'another address stands in its place' : undefined
}

/** One of another build has to go: after an upgrade nobody talks to it. One that does not answer is no longer sent anybody. */
async function tenureFor(directory: string, build: string): Promise<Tenure | undefined> {
  const tenure = await tryTenure(directory)
  const there = readAddress(directory)
  if (tenure !== undefined || there === undefined) return tenure
  if (there.build === build) {
    if ((await askStatus(directory)) === undefined) removeAddress(directory, there.token)
    return undefined
  }
  if ((await stopResident(directory)) !== 'stopping') removeAddress(directory, there.token)
  return awaitTenure(directory, replaceMs)
}
