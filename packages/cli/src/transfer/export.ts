import { createWriteStream } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Log, LogRecord } from '@coordlog/log/contract'
import type { Output } from '../context.js'

export type Form = 'ndjson' | 'json'

export interface Exported {
  records: number
  firstSequence: number | null
  sequence: number | null
}

/** The whole history, as fast as whoever takes it reads. Ends with the signal. */
export async function exportHistory(
  log: Log,
  form: Form,
  target: Writable,
  signal: AbortSignal,
  onRecord: (record: LogRecord) => void,
): Promise<Exported> {
  const exported: Exported = { records: 0, firstSequence: null, sequence: null }
  async function* counted(): AsyncGenerator<LogRecord> {
    for await (const record of log.read()) {
      exported.records += 1
      exported.firstSequence ??= record.seq
      exported.sequence = record.seq
      onRecord(record)
      yield record
    }
  }
  if (form === 'json') await pipeline(inOneArray(counted()), target, { signal })
  else {
    const { default: ndjson } = await import('ndjson')
    await pipeline(Readable.from(counted()), ndjson.stringify(), target, { signal })
  }
  return exported
}

async function* inOneArray(records: AsyncIterable<LogRecord>): AsyncGenerator<string> {
  let before = '[\n'
  for await (const record of records) {
    yield `${before}${JSON.stringify(record)}`
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

/** What a command prints to, as a stream that waits for its reader. */
export function streamTo(output: Output): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => void output.write(String(chunk)).then(() => done(), done),
  })
}

/** A new file; one that is there is not written over. */
export function streamToFile(path: string): Writable {
  return createWriteStream(path, { flags: 'wx', mode: 0o600 })
}
