import type { DomainEvent } from '@coordlog/coordination/events'
import { fold } from '@coordlog/coordination/fold'
import type { JsonObject, NewEvent } from '@coordlog/log/contract'
import { openFileLog } from '@coordlog/log/fileLog'

/** Fills a log with millions of events, a thousand with one write: what a directory looks like after years. */
export interface LogWriter {
  add(event: DomainEvent): Promise<void>
  /** Takes a snapshot of everything added so far. */
  snapshot(): Promise<void>
  finish(): Promise<void>
}

const groupEvents = 1000

export async function createLogWriter(directory: string): Promise<LogWriter> {
  const log = await openFileLog(directory, { snapshots: { recordsMin: 1, bytesMin: 1 } })
  let sequence = log.head().sequence
  let pending: NewEvent[] = []
  const flush = async (): Promise<void> => {
    const [first] = pending
    if (first === undefined) return
    const fill = (append: (event: NewEvent) => unknown): void => {
      for (const event of pending) append(event)
    }
    const result = await log.appendAll({ expected: sequence, ts: first.ts, fill })
    if (result.kind === 'conflict') throw new Error(`somebody else writes to ${directory}`)
    sequence = result.sequence
    pending = []
  }
  return {
    add: async (event) => {
      // The history changes none of its events, so they need no copy. Nothing has to be durable before the next group.
      pending.push({ ...event, data: { ...event.data }, durable: false })
      if (pending.length === groupEvents) await flush()
    },
    snapshot: async () => {
      await flush()
      const { kind } = await log.writeSnapshotIfDue(fold)
      if (kind !== 'written') throw new Error(`no snapshot was taken: ${kind}`)
    },
    finish: async () => {
      await flush()
      log.close()
    },
  }
}

/** The event as a log gets it from whoever decided it: plain JSON of its own. */
export function asNewEvent(event: DomainEvent): NewEvent {
  const data: JsonObject = JSON.parse(JSON.stringify(event.data))
  return { ...event, data }
}
