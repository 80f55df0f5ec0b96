import { parseJson, scanLines } from './chain.js'
import { type Places, readWhole } from './directory.js'
import type { FileSystem } from './fileSystem.js'
import { FORMAT_VERSION } from './format.js'
import { publishFile } from './publish.js'
import { type Position, readableSegments, restOfSegment, startOfSegment, type Walker } from './walk.js'

/** The bytes of one segment, unpacked. */
export interface SummedSegment {
  readonly first: number
  readonly last: number
  readonly bytes: number
  readonly sha256: string
}

/** What is kept of a segment once it takes no more records; `link` chains it to all that were sealed before. */
export interface Seal extends SummedSegment {
  readonly link: string
}

/** The link before the first one. */
export const FIRST_LINK = '0'.repeat(64)

export function linkAfter(link: string, { first, last, bytes, sha256 }: SummedSegment): string {
  return sha256Of(`${link} ${first} ${last} ${bytes} ${sha256}`)
}

/** node:crypto is loaded when something is hashed, which a hook does not do before its answer is out. */
export function sha256Of(data: string | Buffer): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(data).digest('hex')
}

export interface SealsReading {
  /** Those before the first line that does not follow from the one before it. */
  readonly seals: readonly Seal[]
  /** What that line is; undefined if all of them follow. */
  readonly fault: string | undefined
}

export function readSeals(fs: FileSystem, places: Places): SealsReading {
  const text = readWhole(fs, places.seals)?.toString('latin1') ?? ''
  const lines = text.split('\n')
  const rest = lines.pop()
  const seals: Seal[] = []
  for (const [index, line] of lines.entries()) {
    const seal = sealIn(line)
    const before = seals.at(-1)
    const follows = seal !== undefined && (before === undefined || seal.first > before.last)
    if (!follows || seal.link !== linkAfter(before?.link ?? FIRST_LINK, seal)) {
      return { seals, fault: `line ${index + 1} of ${places.seals} does not follow from what stands before it` }
    }
    seals.push(seal)
  }
  const isWhole = rest === '' || rest === undefined
  return { seals, fault: isWhole ? undefined : `${places.seals} ends within a line` }
}

export function sealLine({ first, last, bytes, sha256, link }: Seal): string {
  return JSON.stringify({ v: FORMAT_VERSION, first, last, bytes, sha256, link })
}

/** A seal from exactly the text that is written of it. */
export function sealIn(line: string): Seal | undefined {
  const value = parseJson(line)
  if (!isSummed(value) || !('link' in value) || typeof value.link !== 'string') return undefined
  const { first, last, bytes, sha256, link } = value
  const seal = { first, last, bytes, sha256, link }
  return sealLine(seal) === line ? seal : undefined
}

export function isSummed(value: unknown): value is SummedSegment {
  if (typeof value !== 'object' || value === null) return false
  const { first, last, bytes, sha256 }: { [K in keyof SummedSegment]?: unknown } = value
  const numbers = [first, last, bytes].every((each) => Number.isSafeInteger(each))
  return numbers && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)
}

/**
 * Seals up to `most` segments that have none yet and that lie before the one in which `end` is. Everything up to `end` must be
 * on stable storage: then a segment before it cannot become the tail again. The caller has the second lock, under which nobody
 * else seals or compacts. Never part of an append.
 */
export function sealSegments(walker: Walker, end: Position, most = Number.POSITIVE_INFINITY): readonly Seal[] {
  const { fs, places } = walker
  if (most < Number.POSITIVE_INFINITY && isAllSealed(walker, end)) return []
  const { seals, made } = missingSeals(walker, end, most)
  const all = [...seals, ...made]
  if (made.length > 0) publishFile(fs, places.seals, [Buffer.from(all.map((seal) => `${sealLine(seal)}\n`).join(''))])
  return all
}

/** What the last line says is believed here: nothing is hashed to find out that there is nothing to do. */
function isAllSealed(walker: Walker, end: Position): boolean {
  return (lastSeal(walker)?.last ?? 0) + 1 === end.segment
}

/** Of the list as it stands, unchecked. */
export function lastSeal({ fs, places }: Walker): Seal | undefined {
  const text = readWhole(fs, places.seals)?.toString('latin1') ?? ''
  return sealIn(text.slice(text.lastIndexOf('\n', text.length - 2) + 1, -1))
}

/**
 * The seals there are, and those that are to come. A segment that does not verify gets none, nor any after it; to a list that
 * does not hold nothing is added: verify reports both.
 */
export function missingSeals(
  walker: Walker,
  end: Position,
  most = Number.POSITIVE_INFINITY,
): { readonly seals: readonly Seal[]; readonly made: readonly Seal[] } {
  const { seals, fault } = readSeals(walker.fs, walker.places)
  if (fault !== undefined) return { seals, made: [] }
  const done = seals.at(-1)?.last ?? 0
  /* A segment without a record may still be taken back by a power cut. */
  const lastSegment = end.offset > 0 ? end.segment : end.segment - 1
  const firsts = readableSegments(walker).filter((first) => first > done && first <= lastSegment)
  const made: Seal[] = []
  for (const [index, first] of firsts.slice(0, -1).entries()) {
    const segment = made.length < most ? summed(walker, first) : undefined
    if (segment === undefined || segment.last + 1 !== firsts[index + 1]) break
    made.push({ ...segment, link: linkAfter((made.at(-1) ?? seals.at(-1))?.link ?? FIRST_LINK, segment) })
  }
  return { seals, made }
}

/** The sum of a segment of which every line verifies. */
function summed(walker: Walker, first: number): SummedSegment | undefined {
  const cursor = startOfSegment(walker, first)
  const bytes = restOfSegment(walker, first, 0)
  if (cursor === undefined || bytes === undefined) return undefined
  const { consumed } = scanLines(bytes, cursor, () => true)
  if (consumed !== bytes.length) return undefined
  return { first, last: cursor.sequence, bytes: bytes.length, sha256: sha256Of(bytes) }
}
