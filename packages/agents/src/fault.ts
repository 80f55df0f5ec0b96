import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { shown } from '@coordlog/coordination/shownText'
import { LogError } from '@coordlog/log/errors'
import { hooksLogFile, writeHooksLog } from '@coordlog/runtime/hooksLog'
import { findPlace, type Place } from '@coordlog/runtime/place'
import { errorCode, RuntimeProblem } from '@coordlog/runtime/problems'
import type { Answer } from './contract.js'
import type { Progress } from './hookIo.js'
import { guardOff, guardOffContext } from './messages.js'
import { cut, named } from './wording.js'

/** Failing open: no edit is ever stopped by a fault of ours, and none passes unguarded without a word. */

/** The hook could not be understood or was not done in time. */
export class NotCoordinated extends Error {
  override readonly name = 'NotCoordinated'

  constructor(
    readonly code: 'input' | 'late',
    message: string,
  ) {
    super(message)
  }
}

const messageCharactersMax = 500
/** So much of the hook log is looked at for what a session was told before. */
const tailBytes = 65_536

/** One line on stderr, one in the hook log, and an answer if the guard of this session is off and nobody said so yet. */
export function failOpen(progress: Progress, error: unknown): Answer {
  const { event, io, agentName } = progress
  const { code, message } = faultOf(error)
  io.stderr.write(`coordlog: ${named(agentName)}: not coordinated: ${message}\n`)
  const place = placeOf(progress)
  const subject = event === undefined ? named(agentName) : `${event.host} session ${named(event.session)}`
  const fault = `${subject} was not coordinated (${code}): `
  const isNew = place === undefined || !logTail(place).includes(fault)
  if (place !== undefined) {
    const which = event === undefined ? '' : `${event.name}: `
    writeHooksLog(place, progress.clock.now(), `${which}${fault}${message}`)
  }
  const matters =
    event?.event === 'session-start' ||
    event?.event === 'prompt' ||
    event?.event === 'before-edit' ||
    event?.event === 'before-shell'
  return matters && isNew ? { kind: 'inform', agent: guardOffContext, person: guardOff(message) } : { kind: 'silent' }
}

/** A line for the hook log alone. */
export function noteToLog(progress: Progress, line: string): void {
  const place = placeOf(progress)
  if (place !== undefined) writeHooksLog(place, progress.clock.now(), line)
}

function faultOf(error: unknown): { code: string; message: string } {
  const message = cut(shown(error instanceof Error ? error.message : String(error)), messageCharactersMax)
  if (error instanceof NotCoordinated || error instanceof LogError || error instanceof RuntimeProblem) {
    return { code: error.code, message }
  }
  const code = errorCode(error)
  if (code !== undefined) return { code, message }
  // None of the kinds that are expected: a fault of the program, for whoever mends it. Its stack would help nobody here.
  return { code: error instanceof Error ? error.name : 'fault', message: `${message} (this is a fault of coordlog)` }
}

function placeOf({ coordination, event, io }: Progress): Place | undefined {
  if (coordination !== undefined) return coordination.place
  try {
    return findPlace({ cwd: event?.cwd ?? io.cwd, env: io.env })
  } catch (error) {
    // Not even the place is to be had; stderr has the line.
    if (error instanceof RuntimeProblem || errorCode(error) !== undefined) return undefined
    throw error
  }
}

function logTail(place: Place): string {
  let descriptor: number | undefined
  try {
    descriptor = openSync(hooksLogFile(place), 'r')
    const { size } = fstatSync(descriptor)
    const tail = Buffer.alloc(Math.min(size, tailBytes))
    const bytes = readSync(descriptor, tail, 0, tail.length, Math.max(0, size - tail.length))
    return tail.toString('utf8', 0, bytes)
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return ''
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
