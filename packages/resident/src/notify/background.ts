import { LogError } from '@coordlog/log/errors'
import type { Clock } from '@coordlog/runtime/clock'
import type { Config } from '@coordlog/runtime/config'
import { openCoordination } from '@coordlog/runtime/coordination'
import { errorCode, RuntimeProblem } from '@coordlog/runtime/problems'
import type { Journal } from '../journal.js'
import type { WarmLog } from '../warmLog.js'
import { removeCursor } from './cursor.js'
import { type Delivered, deliver } from './deliver.js'

/** Tells of events while the resident is there. Nobody waits for it: hooks are answered between one step and the next. */
export interface Messenger {
  /** Looks whether there is something to tell, and begins with it. */
  look(): void
  stop(): void
}

export interface MessengerOptions {
  directory: string
  warm: WarmLog
  clock: Clock
  journal: Journal
  told: Told
}

/** What is told of, and how it gets out. */
export interface Told {
  /** Asked anew each time: settings change. */
  settings(): Config['notify']
  /** Its name, for people. */
  repository: string
  certificatesFile: string | undefined
}

const timeoutMs = 10_000
/** At a time: the next ones go with the next look. */
const messagesMax = 20

export function createMessenger(options: MessengerOptions): Messenger {
  const { directory, journal, told } = options
  const stopped = new AbortController()
  let isAtIt = false
  let said = ''
  /** Up to which event all is told; undefined: that is not known. */
  let upTo: number | undefined
  /** What goes wrong is said once, not every two seconds. */
  const sayOnce = (line: string) => {
    if (line !== said && line !== '') journal(line)
    said = line
  }
  const work = async () => {
    const notify = told.settings()
    if (notify.to === 'off') {
      removeCursor(directory)
      upTo = undefined
      return
    }
    const news = await tellNews(options, notify, upTo, stopped.signal)
    if (news === undefined) return
    upTo = news.upTo
    sayOnce(lineAbout(news.what))
  }
  const look = () => {
    if (isAtIt) return
    isAtIt = true
    work()
      .catch((error: unknown) => sayOnce(`notifications are not sent: ${expected(error).message}`))
      .finally(() => {
        isAtIt = false
      })
  }
  return { look, stop: () => stopped.abort() }
}

/** Anything but a no of the system, of the log or of the set-up is a fault of ours. */
function expected(error: unknown): Error {
  const isExpected = error instanceof RuntimeProblem || error instanceof LogError || errorCode(error) !== undefined
  if (isExpected && error instanceof Error) return error
  throw error
}

/** undefined: nothing has happened since. */
async function tellNews(
  { warm, directory, clock, told }: MessengerOptions,
  settings: Config['notify'],
  upTo: number | undefined,
  signal: AbortSignal,
): Promise<{ what: Delivered; upTo: number | undefined } | undefined> {
  const request = { cwd: directory, dir: directory, env: {}, clock, lockDeadlineMs: 0 }
  const { log, load } = await openCoordination({ ...request, ...warm.accessFor(signal) })
  const { sequence } = await load()
  if (sequence === upTo) return undefined
  const { repository, certificatesFile } = told
  const wire = { timeoutMs, certificatesFile, signal }
  const what = await deliver({
    directory,
    log,
    sequence,
    settings,
    repository,
    env: {},
    clock,
    wire,
    isUrgent: false,
    messagesMax,
  })
  const isAll = what.kind === 'begun' || (what.kind === 'done' && what.failed === undefined && what.sent < messagesMax)
  return { what, upTo: isAll ? sequence : undefined }
}

function lineAbout(what: Delivered): string {
  if (what.kind === 'begun') return `notifications begin after event ${what.sequence}`
  if (what.kind !== 'done') return ''
  const given = what.skipped.length === 0 ? '' : `notifications of events ${what.skipped.join(', ')} were given up`
  return what.failed === undefined
    ? given
    : `the notification of event ${what.failed.sequence} did not arrive: ${what.failed.said}`
}
