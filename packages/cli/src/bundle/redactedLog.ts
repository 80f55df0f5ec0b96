import { createHmac, randomBytes } from 'node:crypto'
import { type Pseudonym, redactedEvent, redactedState } from '@coordlog/coordination/redaction'
import { revive } from '@coordlog/coordination/state'
import { createLogAt } from '@coordlog/log/begin'
import type { Log, LogRecord } from '@coordlog/log/contract'
import { LogError } from '@coordlog/log/errors'
import { openFileLog } from '@coordlog/log/fileLog'
import { loadPast } from '@coordlog/log/past'
import { fold } from '@coordlog/runtime/coordination'

const digits = 10

/** The key is made for one bundle and kept nowhere: nobody can try out names until one fits. */
function newPseudonym(): Pseudonym {
  const key = randomBytes(32)
  const known = new Map<string, string>()
  return (text) => {
    const found = known.get(text) ?? `x${createHmac('sha256', key).update(text).digest('hex').slice(0, digits)}`
    known.set(text, found)
    return found
  }
}

const batchRecords = 500

/**
 * A log of its own in the new folder `target`: what `source` recorded from `from` on, without its words, each event under the
 * sequence it has, with a chain worked out anew. It ends before a damage.
 */
export async function writeRedactedLog(
  source: Log,
  directory: string,
  target: string,
  from: number,
  onSequence: (sequence: number) => void,
): Promise<void> {
  const pseudonym = newPseudonym()
  const { sequence, state, latestTime } = await stateBefore(directory, from)
  if (sequence > 0) {
    const redacted = revive(JSON.parse(JSON.stringify(redactedState(state, pseudonym))))
    await createLogAt(target, fold, { sequence, state: redacted, latestTime })
  }
  const log = await openFileLog(target)
  let batch: LogRecord[] = []
  const flush = async () => {
    await appendBatch(log, batch)
    onSequence(batch.at(-1)?.seq ?? 0)
    batch = []
  }
  try {
    for await (const record of source.read(sequence + 1)) {
      if (batch.push(redactedEvent(record, pseudonym)) === batchRecords) await flush()
    }
  } catch (error) {
    if (!(error instanceof LogError && error.code === 'damaged')) throw error
  } finally {
    await flush()
    log.close()
  }
}

/** Where the records before were dropped, the state that stands for them; where they are damaged, the last that is good. */
async function stateBefore(directory: string, from: number) {
  const before = await loadPast(directory, fold, { kind: 'sequence', sequence: from - 1 })
  if (before.kind === 'state') return before
  const base = await loadPast(directory, fold, { kind: 'sequence', sequence: before.upTo })
  return base.kind === 'state' ? base : { sequence: 0, state: fold.initial(), latestTime: undefined }
}

async function appendBatch(log: Log, batch: readonly LogRecord[]): Promise<void> {
  const [first] = batch
  if (first === undefined) return
  await log.appendAll({
    expected: first.seq - 1,
    ts: first.ts,
    fill: (add) => {
      for (const { ts, type, by, data } of batch) add({ ts, type, by, data, durable: false })
    },
  })
}
