import type { Fold, JsonObject, Loaded, Log, LogRecord, NewEvent } from '../src/contract.js'

/** The n-th of a row of unlike events. */
export function sampleEvent(n: number, durable = false): NewEvent {
  const second = String(n % 60).padStart(2, '0')
  const data: JsonObject =
    n % 3 === 0 ? { n, text: 'ä€𝄞'.repeat(n % 5) } : { n, paths: [`src/file${n}.ts`], flag: true }
  return { ts: `2026-01-08T12:45:${second}.000Z`, type: `sample.kind${n % 4}`, by: `author-${n % 3}`, data, durable }
}

export interface Tally {
  count: number
  /** Changes with the order of the records. */
  trace: number
  numbers: number[]
  types: Record<string, number>
}

/** Depends on every record and on their order. */
export function tallyFold(version = 'tally-1'): Fold<Tally> {
  return {
    version,
    initial: () => ({ count: 0, trace: 7, numbers: [], types: {} }),
    evolve: (state, record) => {
      state.count += 1
      state.trace = (state.trace * 31 + record.seq + record.h.charCodeAt(3)) % 1_000_003
      const number = record.data['n']
      if (typeof number === 'number') state.numbers.push(number)
      state.types[record.type] = (state.types[record.type] ?? 0) + 1
      return state
    },
    revive: (json) => JSON.parse(JSON.stringify(json)),
  }
}

export async function appendSamples(log: Log, count: number, first = 1): Promise<void> {
  for (let n = first; n < first + count; n += 1) {
    const result = await log.append(sampleEvent(n), 'any')
    if (result.kind !== 'appended') throw new Error(`append ${n}: ${result.kind}`)
  }
}

export async function readAll(log: Log, from = 1): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for await (const record of log.read(from)) records.push(record)
  return records
}

/** The same without the state, which the next load changes. */
export function factsOf<S>({ sequence, damage }: Loaded<S>): Omit<Loaded<S>, 'state'> {
  return { sequence, damage }
}
