import { isArchived, readArchiveComment } from './archive.js'
import { archivePath, droppedUpTo } from './directory.js'
import type { Engine } from './engine.js'
import { sequenceName } from './format.js'
import { readSeals, type Seal, type SummedSegment, sealIn, sealLine, sha256Of } from './seals.js'
import { readableSegments, restOfSegment, type Walker } from './walk.js'

export interface SealReport {
  /** Segments of which a sum is stored, those that were dropped since among them. */
  readonly sealed: number
  /** Those of them whose bytes are there and were compared. */
  readonly compared: number
  /** Segments before the tail of which none is stored yet: in directories of older programs, or until the next snapshot. */
  readonly unsealed: number
  /** The last link: whoever keeps it elsewhere can tell later whether this history still leads to it. */
  readonly head: string | undefined
  readonly faults: readonly string[]
}

/** Compares every stored sum with what is there now. */
export function checkSeals({ fs, places }: Engine, walker: Walker): SealReport {
  const { seals, fault } = readSeals(fs, places)
  const faults = fault === undefined ? [] : [fault]
  const dropped = droppedUpTo(fs, places)
  for (const [index, { first }] of seals.entries()) {
    const before = seals[index - 1]?.last ?? 0
    if (first > before + 1 && first - 1 > dropped)
      faults.push(`${places.seals} leaves out events ${before + 1} to ${first - 1}, which are there`)
  }
  const kept = seals.filter(({ last }) => last > dropped)
  for (const seal of kept) {
    const found = segmentFault(walker, seal, 'sealed')
    if (found !== undefined) faults.push(found)
  }
  const firsts = readableSegments(walker)
  for (const first of firsts) faults.push(...archiveFaults(walker, first, kept))
  const done = seals.at(-1)?.last ?? 0
  const unsealed = firsts.slice(0, -1).filter((first) => first > done).length
  return { sealed: seals.length, compared: kept.length, unsealed, head: seals.at(-1)?.link, faults }
}

/**
 * What is wrong with a segment of which a sum was taken: one sentence, or undefined if its bytes are what they were. One that was
 * attested may have grown since, a sealed one not.
 */
export function segmentFault(
  walker: Walker,
  { first, last, bytes, sha256 }: SummedSegment,
  taken: 'attested' | 'sealed',
): string | undefined {
  const content = restOfSegment(walker, first, 0)
  const name = `segment ${sequenceName(first)} (events ${first} to ${last})`
  if (content === undefined) return `${name} is not there`
  if (content.length < bytes || (taken === 'sealed' && content.length > bytes))
    return `${name} has ${content.length} bytes; it had ${bytes} when it was ${taken}`
  const found = sha256Of(content.subarray(0, bytes))
  return found === sha256 ? undefined : `${name} has the SHA-256 ${found}; it had ${sha256} when it was ${taken}`
}

/** An archived segment names its own seal, which must be the one in the list. */
function archiveFaults({ fs, places }: Walker, first: number, seals: readonly Seal[]): string[] {
  if (!isArchived(fs, places, first)) return []
  const comment = readArchiveComment(fs, places, first)
  if (comment === undefined) return []
  const own = sealIn(comment)
  const listed = seals.find((seal) => seal.first === first)
  if (own !== undefined && listed !== undefined && sealLine(own) === sealLine(listed)) return []
  return [`${archivePath(places, first)} carries another seal than the list of seals has for it`]
}
