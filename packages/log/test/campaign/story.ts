import { compactLog } from '../../src/compaction.js'
import type { Log, LogRecord, NewEvent } from '../../src/contract.js'
import { LogError } from '../../src/errors.js'
import { type FileLogExtras, openFileLog } from '../../src/fileLog.js'
import type { FileSystem } from '../../src/fileSystem.js'
import { canonicalJson } from '../../src/json.js'
import { searchLog } from '../../src/search.js'
import { verifyLog } from '../../src/verify.js'
import { readAll, sampleEvent, tallyFold } from '../sample.js'

/** A life of a small log, with everything that the engine can do to its files, for campaigns that cut it off anywhere. */

export const STORY_DIRECTORY = '/repository/coordlog'
const segmentBytesMax = 700
const snapshots = { recordsMin: 4, bytesMin: 1e9 }
export const fold = tallyFold()

/** What the callers of a log know of it: what they handed in, and what was acknowledged. */
export interface Ledger {
  submitted: Set<number>
  acknowledged: Map<number, { sequence: number; durable: boolean }>
  refusals: LogError[]
}

export function newLedger(): Ledger {
  return { submitted: new Set(), acknowledged: new Map(), refusals: [] }
}

export type OpenLog = Log & FileLogExtras

export function openStory(fs: FileSystem, bootId: string): Promise<OpenLog> {
  return openFileLog(STORY_DIRECTORY, { fs, bootId, segmentBytesMax, snapshots, lockDeadlineMs: 50 })
}

/** Appends the n-th event; a refusal is noted, and the story goes on. */
export async function append(log: OpenLog, ledger: Ledger, n: number, durable: boolean): Promise<void> {
  const event: NewEvent = { ...sampleEvent(n, durable), data: { n, durable } }
  ledger.submitted.add(n)
  await survive(ledger, async () => {
    const result = await log.append(event, 'any')
    if (result.kind === 'appended') ledger.acknowledged.set(n, { sequence: result.sequence, durable })
  })
}

async function survive(ledger: Ledger, act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof LogError)) throw error
    ledger.refusals.push(error)
  }
}

/** Begins at event `first`; appends 14 events, takes snapshots, compacts, and opens the log anew in between. */
export async function tellStory(fs: FileSystem, bootId: string, ledger: Ledger, first = 1): Promise<void> {
  const options = { fs, bootId, segmentBytesMax, lockDeadlineMs: 50 }
  let log = await openStory(fs, bootId)
  for (let n = first; n < first + 5; n += 1) await append(log, ledger, n, n % 3 === 0)
  await survive(ledger, () => log.writeSnapshotIfDue(fold))
  for (let n = first + 5; n < first + 9; n += 1) await append(log, ledger, n, n % 4 === 0)
  await survive(ledger, () => compactLog(STORY_DIRECTORY, fold, options))
  await survive(ledger, () => log.writeSnapshotIfDue(fold))
  log.close()
  log = await openStory(fs, bootId)
  for (let n = first + 9; n < first + 12; n += 1) await append(log, ledger, n, n % 2 === 0)
  await survive(ledger, () => compactLog(STORY_DIRECTORY, fold, { ...options, mode: 'drop' }))
  for (let n = first + 12; n < first + 14; n += 1) await append(log, ledger, n, n % 2 === 1)
  log.close()
}

/** What must hold in a log whatever happened to it. `survived` tells which acknowledged events must be there. */
export async function checkLedger(
  fs: FileSystem,
  bootId: string,
  ledger: Ledger,
  survived: (event: { durable: boolean }) => boolean,
): Promise<void> {
  const log = await openStory(fs, bootId)
  await log.append({ ...sampleEvent(0, true), type: 'check.afterwards', data: {} }, 'any')
  const records = await readAll(log)
  const loaded = await log.load(tallyFold())
  log.close()
  if (loaded.damage !== undefined) throw new Error(`damaged: ${loaded.damage.reason}`)
  checkRecords(records, ledger, survived, loaded.state.numbers)
  const report = await verifyLog(STORY_DIRECTORY, tallyFold(), { fs, bootId })
  if (!report.ok) throw new Error(`verify: ${JSON.stringify(report)}`)
  if (report.sequence !== records.at(-1)?.seq) throw new Error(`verify ends at ${report.sequence}`)
  const again = await openStory(fs, bootId)
  const cold = await again.load(tallyFold())
  if (canonicalJson(cold.state) !== canonicalJson(loaded.state)) throw new Error('I6: a cold load gives another state')
  const length = (await readAll(again)).length
  if (length !== records.length) throw new Error(`I11: recovered again, ${records.length} became ${length}`)
  again.close()
  await checkSearch(fs, records)
}

/** Whatever became of the filters, a search finds what is there. */
async function checkSearch(fs: FileSystem, records: readonly LogRecord[]): Promise<void> {
  const authors = [...new Set(records.map(({ by }) => by))]
  const found: number[] = []
  const texts = authors.map((author) => JSON.stringify(author))
  for await (const { seq } of searchLog(STORY_DIRECTORY, texts, { first: 'oldest' }, { fs })) found.push(seq)
  const missed = records.find(({ seq }) => !found.includes(seq))
  if (missed !== undefined || found.length !== records.length)
    throw new Error(`a search finds ${found.length} of ${records.length} records, not ${missed?.seq}`)
}

function checkRecords(
  records: readonly LogRecord[],
  ledger: Ledger,
  survived: (event: { durable: boolean }) => boolean,
  numbers: readonly number[],
): void {
  const first = records[0]?.seq ?? 1
  records.forEach((record, index) => {
    if (record.seq !== first + index) throw new Error(`I2: record ${record.seq} at place ${first + index}`)
    const { n } = record.data
    const isOwn = record.type.startsWith('log.') || record.type === 'check.afterwards'
    if (!isOwn && !(typeof n === 'number' && ledger.submitted.has(n))) {
      throw new Error(`I4: nobody submitted ${JSON.stringify(record)}`)
    }
  })
  if (new Set(numbers).size !== numbers.length) throw new Error(`I4: an event is there twice: ${numbers.join()}`)
  const bySequence = new Map(records.map((record) => [record.seq, record]))
  for (const [n, { sequence, durable }] of ledger.acknowledged) {
    if (!survived({ durable })) continue
    if (!numbers.includes(n)) throw new Error(`I3: event ${n}, acknowledged as ${sequence}, is lost`)
    const record = bySequence.get(sequence)
    if (sequence >= first && record?.data['n'] !== n) throw new Error(`I3: ${sequence} is not event ${n} any more`)
  }
}
