import { shown } from '@coordlog/coordination/shownText'
import { LogError } from '@coordlog/log/errors'
import { openFileLog } from '@coordlog/log/fileLog'
import { readConfig } from '@coordlog/runtime/config'
import { realOrSame } from '@coordlog/runtime/place'
import { type Look, lookAt } from '../notify/look.js'
import { timeAndAge } from '../output/times.js'
import { type Check, fault, ok, type Patient, warn } from './check.js'

/** Whether what was chosen to be told of arrives. Nothing is said where nothing was chosen. */
export async function notifyChecks({ place, context }: Patient): Promise<Check[]> {
  const { notify } = readConfig(place).config
  if (notify.to === 'off') return []
  const directory = realOrSame(place.directory)
  try {
    const log = await openFileLog(directory)
    try {
      return [checkOf(await lookAt(directory, notify, log, context.env), context.clock.now())]
    } finally {
      log.close()
    }
  } catch (error) {
    // What is wrong with the log, other checks say.
    if (error instanceof LogError) return []
    throw error
  }
}

const status = 'coord notify --status'

function checkOf({ to, host, problem, cursor, waiting }: Look, now: string): Check {
  if (problem !== undefined) return fault('notifications', shown(problem), status)
  const { attempt, skipped = 0 } = cursor ?? {}
  if (attempt?.error !== undefined) {
    const since = timeAndAge(attempt.firstAt, now)
    const says = `${to} at ${shown(host ?? '')}: event ${attempt.sequence} has not arrived since ${since}: ${shown(attempt.error)}; waiting: ${waiting}`
    return warn('notifications', says, status)
  }
  if (skipped > 0) return warn('notifications', `${to}: ${skipped} events were given up`, status)
  return ok('notifications', `${to} at ${shown(host ?? '')}, waiting: ${waiting}`)
}
