import type { Log } from '@coordlog/log/contract'
import { type Cursor, readCursor } from '@coordlog/resident/notify/cursor'
import { destinationOf } from '@coordlog/resident/notify/destination'
import type { Config } from '@coordlog/runtime/config'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import type { Context } from '../context.js'

/** How it stands with notifications. Of the address only the host: the rest is a secret. */
export interface Look {
  to: Config['notify']['to']
  events: readonly string[]
  host: string | null
  from: 'environment' | 'file' | null
  /** Why there is no address to be used; absent: there is one, or none is needed. */
  problem?: string
  cursor: Cursor | null
  /** Events that are yet to be told of; only counted as far as this. */
  waiting: number
  waitingMax: number
}

const waitingMax = 1_000

export async function lookAt(
  directory: string,
  { to, events }: Config['notify'],
  log: Log,
  env: Context['env'],
): Promise<Look> {
  const cursor = readCursor(directory) ?? null
  const waiting = to === 'off' || cursor === null ? 0 : await waitingAfter(log, cursor.sequence, events)
  return { to, events, ...whereTo(directory, to, env), cursor, waiting, waitingMax }
}

async function waitingAfter(log: Log, sequence: number, events: readonly string[]): Promise<number> {
  let waiting = 0
  for await (const { type } of log.read(sequence + 1)) {
    if (events.includes(type)) waiting += 1
    if (waiting >= waitingMax) break
  }
  return waiting
}

function whereTo(directory: string, to: Look['to'], env: Context['env']): Pick<Look, 'host' | 'from' | 'problem'> {
  if (to === 'off') return { host: null, from: null }
  try {
    const { url, from } = destinationOf({ directory, to, env })
    return { host: url.host, from }
  } catch (error) {
    if (!(error instanceof RuntimeProblem)) throw error
    return { host: null, from: null, problem: error.message }
  }
}
