import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { shown } from '@coordlog/coordination/shownText'
import type { Log, LogRecord, NewEvent } from '@coordlog/log/contract'
import { damagedError } from '@coordlog/log/errors'
import { type Coordination, fold } from '@coordlog/runtime/coordination'
import { refused, usage } from '../exit/failure.js'

export interface Imported {
  /** Events that were written, and those that were there already. */
  recorded: number
  known: number
  sequence: number
}

const firstBytes = 14

/** Whether a file is what `coord export` writes: records, one a line. */
export function isHistory(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false
  const descriptor = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(firstBytes)
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, firstBytes, 0)).startsWith('{"v":1,"seq":')
  } finally {
    closeSync(descriptor)
  }
}

const batchMax = 500

/**
 * Writes a history into a log that is empty, or that begins as the history does: sequences are fencing tokens, so each event
 * gets the one it had. What was written before something is refused stays: run again with the right file, it goes on there.
 */
export async function importHistory(
  coordination: Coordination,
  path: string,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<Imported> {
  const { log } = coordination
  const { sequence: end, damage } = await log.load(fold)
  if (damage !== undefined) throw damagedError(damage)
  const known = end === 0 ? undefined : log.read()[Symbol.asyncIterator]()
  const imported: Imported = { recorded: 0, known: 0, sequence: end }
  let batch: LogRecord[] = []
  let next = 1
  const flush = async () => {
    if (batch.length > 0) await appendBatch(log, batch, path)
    imported.recorded += batch.length
    imported.sequence = Math.max(imported.sequence, batch.at(-1)?.seq ?? 0)
    batch = []
  }
  const take = async (value: unknown) => {
    const record = recordFrom(value, next, path)
    next += 1
    if (record.seq <= end) {
      await compare(known, record, path)
      imported.known += 1
    } else if (batch.push(record) >= batchMax) await flush()
  }
  const { default: ndjson } = await import('ndjson')
  const source = createReadStream(path)
  const bytes = statSync(path).size
  const target = new Writable({
    objectMode: true,
    highWaterMark: batchMax,
    write: (value, _encoding, done) => {
      onProgress(source.bytesRead, bytes)
      void take(value).then(() => done(), done)
    },
    final: (done) => void flush().then(() => done(), done),
  })
  try {
    await pipeline(source, ndjson.parse({ strict: true }), target, { signal })
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && error.message.startsWith('Could not parse row'))) {
      throw usage(`${shown(path)}: after event ${next - 1} comes a line that is no JSON. ${soFar(imported)}`, { path })
    }
    throw error
  } finally {
    await known?.return?.()
  }
  return imported
}

function soFar({ recorded, sequence }: Imported): string {
  return recorded === 0 ? 'Nothing was recorded.' : `Events up to ${sequence} were recorded.`
}

function recordFrom(value: unknown, sequence: number, path: string): LogRecord {
  if (isRecordOf(value, sequence)) return value
  const what =
    sequence === 1 ? 'it must begin with event 1, or the fencing tokens would change' : 'it is not the next event'
  throw usage(`${shown(path)}: event ${sequence} was expected, and ${what}.`, { path, sequence })
}

function isRecordOf(value: unknown, sequence: number): value is LogRecord {
  if (typeof value !== 'object' || value === null) return false
  const { v, seq, ts, type, by, data, h }: { [K in keyof LogRecord]?: unknown } = value
  const texts = [ts, type, by, h].every((each) => typeof each === 'string')
  return v === 1 && seq === sequence && texts && typeof data === 'object' && data !== null
}

async function compare(known: AsyncIterator<LogRecord> | undefined, record: LogRecord, path: string): Promise<void> {
  const there = (await known?.next())?.value
  if (JSON.stringify(there) === JSON.stringify(record)) return
  throw refused(
    'other-history',
    `${shown(path)}: event ${record.seq} is not the one that is in the log here. A history goes into an empty log: give --dir DIR.`,
    { path, sequence: record.seq },
  )
}

/** Each event gets the checksum that it had, or none of the batch is written. The last one carries the others onto the disk. */
async function appendBatch(log: Log, batch: readonly LogRecord[], path: string): Promise<void> {
  const [first] = batch
  if (first === undefined) return
  const result = await log.appendAll({
    expected: first.seq - 1,
    ts: first.ts,
    fill: (add) => {
      for (const [index, record] of batch.entries()) {
        const { ts, type, by, data } = record
        const event: NewEvent = { ts, type, by, data, durable: index === batch.length - 1 }
        if (add(event).h !== record.h) throw changed(path, record.seq)
      }
    },
  })
  if (result.kind === 'appended') return
  throw refused(
    'other-history',
    `Somebody recorded event ${first.seq} meanwhile. Give --dir DIR of a log that nobody uses.`,
    {
      sequence: result.sequence,
    },
  )
}

function changed(path: string, sequence: number) {
  return usage(
    `${shown(path)}: event ${sequence} does not have the checksum that its content gives; the file was changed. From there on nothing was recorded.`,
    { path, sequence },
  )
}
