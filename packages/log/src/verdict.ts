import { type ChainCursor, claimedSequence, claimedVersion, verifiesAfter, writtenHash } from './chain.js'
import { FORMAT_VERSION, RECORD_BYTES_MAX, SUFFIX_BYTES } from './format.js'
import { hashFromHex } from './hash.js'

/** The end of a segment that does not verify, with all that decides what it is. */
export interface Region {
  /** From the first byte that does not verify to the end of the file. Not empty. */
  readonly bytes: Buffer
  /** The last record before it. */
  readonly good: ChainCursor
  /** Why its first line does not verify; undefined if it has no newline. */
  readonly bad: string | undefined
  /** No segment follows this one. */
  readonly isLast: boolean
  /**
   * What is noted beside the lock, if that can be read. isRebooted: the system was restarted since. isRepairing: a
   * writer has already found this region torn, and was stopped before it had cut it off.
   */
  readonly noted:
    | {
        readonly sequence: number
        readonly durableSequence: number
        readonly isRebooted: boolean
        readonly isRepairing: boolean
      }
    | undefined
  /** The h of an earlier record of this log, as far as it can be found. */
  hashAt(sequence: number): bigint | undefined
}

export interface Verdict {
  /** torn: the unfinished end of the log, to be cut off. The others: never cut, never skipped. */
  readonly kind: 'torn' | 'corrupt' | 'newer'
  readonly reason: string
}

const NEWLINE = 10

/**
 * Torn or corrupt? A region is torn if no later line verifies against any chain position and (no newline follows, or
 * it has NUL bytes, or it lies after the last noted position). Everything else is corrupt. Two additions make it exact:
 * after a restart of the system whatever lies after the last durable record may be torn, however it looks, because
 * the disk keeps no order between unsynced pages; without a restart nothing before the noted position can be torn,
 * because a kill does not undo a write.
 */
export function judge(region: Region): Verdict {
  const { bytes, good, noted } = region
  const reason = region.bad ?? `${bytes.length} bytes of a line without its end`
  const version = claimedVersion(bytes, 0)
  if (version !== undefined && version > FORMAT_VERSION) {
    return {
      kind: 'newer',
      reason: `a record of format ${version}, and this program knows formats up to ${FORMAT_VERSION}`,
    }
  }
  if (!region.isLast) return { kind: 'corrupt', reason: `${reason}, in a sealed segment` }
  if (noted?.isRepairing && good.sequence >= noted.sequence) return { kind: 'torn', reason }
  if (noted?.isRebooted) {
    return good.sequence >= noted.durableSequence
      ? { kind: 'torn', reason: `${reason}, after the last durable record ${noted.durableSequence} before a restart` }
      : { kind: 'corrupt', reason: `${reason}, before record ${noted.durableSequence}, which was durable` }
  }
  if (noted !== undefined && good.sequence < noted.sequence) {
    return { kind: 'corrupt', reason: `${reason}, before record ${noted.sequence}, which was noted as written` }
  }
  if (someLineVerifies(region)) return { kind: 'corrupt', reason: `${reason}, though a line after it verifies` }
  if (!bytes.includes(NEWLINE)) return { kind: 'torn', reason }
  if (bytes.includes(0)) return { kind: 'torn', reason: `${reason}, with NUL bytes` }
  if (noted !== undefined) return { kind: 'torn', reason: `${reason}, after the last noted record ${noted.sequence}` }
  return { kind: 'corrupt', reason }
}

/** True if any line of the region is a true line of this log, in whatever place: then bytes before it were changed. */
function someLineVerifies(region: Region): boolean {
  const { bytes, good } = region
  let start = 0
  let before: bigint | undefined = good.hash
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start)
    if (newline < 0) return verifiesButForNewline(bytes, start, [before, good.hash])
    const seeds = [before, good.hash, hashBefore(region, start)]
    if (seeds.some((seed) => seed !== undefined && verifiesAfter(bytes, start, newline, seed))) return true
    const written = writtenHash(bytes, newline)
    before = written === undefined ? undefined : hashFromHex(written)
    start = newline + 1
  }
  return false
}

function hashBefore(region: Region, start: number): bigint | undefined {
  const sequence = claimedSequence(region.bytes, start)
  return sequence === undefined || sequence > region.good.sequence ? undefined : region.hashAt(sequence - 1)
}

/**
 * A whole line that has another byte where its newline should be was complete once: a tear leaves no byte there.
 */
function verifiesButForNewline(bytes: Buffer, start: number, seeds: readonly (bigint | undefined)[]): boolean {
  const last = Math.min(bytes.length, start + RECORD_BYTES_MAX)
  for (let end = start + SUFFIX_BYTES; end < last; end += 1) {
    const looksComplete = bytes[end - 1] === 0x7d && bytes[end - 2] === 0x22
    if (looksComplete && seeds.some((seed) => seed !== undefined && verifiesAfter(bytes, start, end, seed))) return true
  }
  return false
}
