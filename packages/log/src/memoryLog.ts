import type { AppendAllResult, AppendResult, Fold, Group, Loaded, Log, LogRecord, NewEvent } from './contract.js'
import { LogError } from './errors.js'
import { GENESIS_SEED } from './format.js'
import { loadHash } from './hash.js'
import { sleep } from './pause.js'
import { encodeRecord } from './record.js'

interface Folded {
  state: unknown
  sequence: number
}

interface Memory {
  /** Lines as they would stand in a file, so that nobody can change a record that was appended. */
  readonly lines: string[]
  hash: bigint
  readonly folded: WeakMap<object, Folded>
  isClosed: boolean
}

const POLL_MS = 5

/** A log that lives as long as its object: for tests and trials. The same records, the same refusals. */
export function createMemoryLog(): Log {
  const memory: Memory = { lines: [], hash: GENESIS_SEED, folded: new WeakMap(), isClosed: false }
  return {
    load: async (fold) => load(memory, fold),
    append: async (event, expected) => {
      await loadHash()
      return append(memory, event, expected)
    },
    appendAll: async (group) => {
      await loadHash()
      return appendAll(memory, group)
    },
    read: (from = 1) => read(memory, from),
    follow: (from, signal) => follow(memory, from, signal),
    close: () => {
      memory.isClosed = true
    },
  }
}

function load<State>(memory: Memory, fold: Fold<State>): Loaded<State> {
  refuseClosed(memory)
  const folded = memory.folded.get(fold) ?? { state: fold.initial(), sequence: 0 }
  for (; folded.sequence < memory.lines.length; folded.sequence += 1) {
    folded.state = fold.evolve(folded.state as State, recordAt(memory, folded.sequence))
  }
  memory.folded.set(fold, folded)
  return { state: folded.state as State, sequence: folded.sequence, damage: undefined }
}

function append(memory: Memory, event: NewEvent, expected: number | 'any'): AppendResult {
  refuseClosed(memory)
  const last = memory.lines.length
  if (expected !== 'any' && expected !== last) return { kind: 'conflict', sequence: last }
  return { kind: 'appended', sequence: last + 1, record: push(memory, event) }
}

/** Like a write that succeeds or does not: what `fill` has added is taken back if it throws. */
function appendAll(memory: Memory, { expected, fill }: Group): AppendAllResult {
  refuseClosed(memory)
  const last = memory.lines.length
  const { hash } = memory
  if (expected !== last) return { kind: 'conflict', sequence: last }
  const records: LogRecord[] = []
  try {
    fill((event) => {
      const record = push(memory, event)
      records.push(record)
      return record
    })
  } catch (error) {
    memory.lines.length = last
    memory.hash = hash
    throw error
  }
  return { kind: 'appended', sequence: memory.lines.length, records }
}

function push(memory: Memory, event: NewEvent): LogRecord {
  const { bytes, hash } = encodeRecord(event, memory.lines.length + 1, memory.hash)
  memory.lines.push(bytes.toString('utf8'))
  memory.hash = hash
  return recordAt(memory, memory.lines.length - 1)
}

function recordAt(memory: Memory, index: number): LogRecord {
  return JSON.parse(memory.lines[index] ?? 'null')
}

async function* read(memory: Memory, from: number): AsyncGenerator<LogRecord> {
  refuseClosed(memory)
  for (let index = Math.max(0, from - 1); index < memory.lines.length; index += 1) yield recordAt(memory, index)
}

async function* follow(memory: Memory, from: number, signal: AbortSignal): AsyncGenerator<LogRecord> {
  for (let next = from; !signal.aborted; ) {
    for await (const record of read(memory, next)) {
      if (signal.aborted) return
      next = record.seq + 1
      yield record
    }
    await sleep(POLL_MS)
  }
}

function refuseClosed(memory: Memory): void {
  if (memory.isClosed) throw new LogError('io', 'The log was closed before it was used.')
}
