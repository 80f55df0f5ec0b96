import { loadZlib } from './archive.js'
import { parseJson } from './chain.js'
import type { Damage } from './contract.js'
import { droppedUpTo } from './directory.js'
import { createEngine, type EngineOptions, orSystemErrorLater } from './engine.js'
import { hexOf } from './hash.js'
import { advance, closeReader, createReader, type Reader, readNoted } from './reading.js'
import { segmentFault } from './sealCheck.js'
import { FIRST_LINK, isSummed, linkAfter, readSeals, type SummedSegment, sha256Of } from './seals.js'
import { readableSegments, restOfSegment, startOfSegment } from './walk.js'

/** The bytes of one segment, unpacked, as far as they go up to the attested end. */
export type AttestedSegment = SummedSegment

/**
 * What somebody who keeps it can hold a log against later: the SHA-256 of each segment, chained. Each link is the SHA-256 of the
 * text "<link before> <first> <last> <bytes> <sha256>"; the first link has 64 zeros before it.
 */
export interface Attestation {
  readonly kind: 'coordlog attestation'
  readonly v: 1
  readonly sequence: number
  /** Of the last record. */
  readonly h: string
  readonly segments: readonly AttestedSegment[]
  /** The link of the last segment. */
  readonly head: string
}

export interface AttestationCheck {
  readonly ok: boolean
  /** Records that are byte for byte what they were. */
  readonly proven: number
  /** Segments that were dropped since: nothing can be said of them. */
  readonly dropped: readonly AttestedSegment[]
  /** Why not, one sentence each. */
  readonly faults: readonly string[]
}

function linked(segments: readonly AttestedSegment[]): string {
  return segments.reduce(linkAfter, FIRST_LINK)
}

/** Attests to what is there now. Verifies it on the way: a damaged log attests to nothing, and its damage is returned. */
export async function attestLog(
  directory: string,
  options: EngineOptions = {},
): Promise<{ readonly attestation: Attestation } | { readonly damage: Damage }> {
  return withReader(directory, options, async (reader) => {
    const noted = readNoted(reader)
    const { walker } = reader
    const [oldest = 1] = readableSegments(walker)
    const position = startOfSegment(walker, oldest) ?? { sequence: 0, hash: 0n, segment: 1, offset: 0 }
    const ends = new Map<number, { last: number; bytes: number }>()
    for (;;) {
      const result = advance(reader, position, noted, () => true)
      if (position.offset > 0) ends.set(position.segment, { last: position.sequence, bytes: position.offset })
      if (result.kind === 'progress') continue
      if (result.damage !== undefined) return { damage: result.damage }
      break
    }
    const segments = [...ends].map(([first, { last, bytes }]) => {
      const content = (restOfSegment(walker, first, 0) ?? Buffer.alloc(0)).subarray(0, bytes)
      return { first, last, bytes, sha256: sha256Of(content) }
    })
    const { sequence, hash } = position
    const h = hexOf(hash)
    return { attestation: { kind: 'coordlog attestation', v: 1, sequence, h, segments, head: linked(segments) } }
  })
}

/** Whether the log still begins with exactly what was attested. */
export async function checkAttestation(
  directory: string,
  attestation: Pick<Attestation, 'segments' | 'head'>,
  options: EngineOptions = {},
): Promise<AttestationCheck> {
  return withReader(directory, options, async (reader) => {
    const { fs, places } = reader.engine
    const faults: string[] = []
    if (linked(attestation.segments) !== attestation.head)
      faults.push('the attestation itself was changed: its links do not give its head')
    const dropped = attestation.segments.filter(({ last }) => last <= droppedUpTo(fs, places))
    let proven = 0
    for (const segment of attestation.segments) {
      if (dropped.includes(segment)) continue
      const fault = segmentFault(reader.walker, segment, 'attested')
      if (fault === undefined) proven += segment.last - segment.first + 1
      else faults.push(fault)
    }
    return { ok: faults.length === 0, proven, dropped, faults }
  })
}

/** What was sealed up to a link of the stored sums, to be checked like an attestation; undefined: nothing stored leads to it. */
export async function sealedUpTo(
  directory: string,
  head: string,
  options: EngineOptions = {},
): Promise<Pick<Attestation, 'sequence' | 'segments' | 'head'> | undefined> {
  return withReader(directory, options, async ({ engine }) => {
    const { seals } = readSeals(engine.fs, engine.places)
    const index = seals.findIndex(({ link }) => link === head)
    const last = seals[index]
    return last && { sequence: last.last, segments: seals.slice(0, index + 1), head }
  })
}

/** An attestation from the text of its file; undefined for anything else. */
export function parseAttestation(text: string): Attestation | undefined {
  const value = parseJson(text)
  return isAttestation(value) ? value : undefined
}

function isAttestation(value: unknown): value is Attestation {
  if (typeof value !== 'object' || value === null) return false
  const { kind, v, sequence, head, segments }: { [K in keyof Attestation]?: unknown } = value
  if (kind !== 'coordlog attestation' || v !== 1 || !Number.isSafeInteger(sequence)) return false
  return typeof head === 'string' && Array.isArray(segments) && segments.every(isSummed)
}

async function withReader<T>(
  directory: string,
  options: EngineOptions,
  use: (reader: Reader) => Promise<T>,
): Promise<T> {
  const engine = await createEngine(directory, options)
  const reader = createReader(engine)
  try {
    await loadZlib()
    return await orSystemErrorLater(engine, () => use(reader))
  } finally {
    closeReader(reader)
  }
}
