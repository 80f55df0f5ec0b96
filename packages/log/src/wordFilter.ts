/**
 * A Bloom filter over the words of a segment: its JSON strings, as their bytes stand between two quotes. What it says no to does
 * not stand there, so that who searches need not read the segment; to what is not there it says yes once in some hundred times.
 */
export interface WordFilter {
  /** A power of two of them, one bit each. */
  readonly bits: Uint8Array
}

/** What a filter knows of a word. */
export interface WordHash {
  readonly first: number
  readonly step: number
}

const QUOTE = 34
const BACKSLASH = 92

/** Each word sets so many bits. While at most half of all are set, a word that is not there finds all of its own in one of 128 cases. */
const HASHES = 7
/** A filter is built at this size and then halved: 128 KiB, where a segment of 4 MiB has about 15,000 words and comes out at 32. */
export const BITS_MAX = 2 ** 20
export const BITS_MIN = 2 ** 10
const FILLED_MAX = 0.5

/** FNV-1a, 32 bits: its constants are those of http://www.isthe.com/chongo/tech/comp/fnv/ */
const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

export class WordFilterBuilder {
  private readonly bits = new Uint8Array(BITS_MAX / 8)

  /** Every whole string between `start` and `end`, which must lie outside of any. */
  addJson(bytes: Uint8Array, start: number, end: number): void {
    let hash = FNV_OFFSET
    let isInside = false
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) {
        if (isInside) this.add(hash)
        hash = FNV_OFFSET
        isInside = !isInside
      } else if (isInside) {
        hash = Math.imul(hash ^ byte, FNV_PRIME)
        if (byte !== BACKSLASH) continue
        at += 1
        hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME)
      }
    }
  }

  private add(hash: number): void {
    const { bits } = this
    const step = stepOf(hash)
    let place = firstOf(hash)
    for (let count = 0; count < HASHES; count += 1) {
      const bit = place & (BITS_MAX - 1)
      bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7))
      place = (place + step) | 0
    }
  }

  /** As small as it can be. The builder is not to be used any more. */
  finish(): WordFilter {
    let bits: Uint8Array = this.bits
    for (let half = halved(bits); half !== undefined; half = halved(bits)) bits = half
    return { bits }
  }
}

/** One half laid over the other, where that is large enough: the bits of a word lie at the same places, counted in a smaller circle. */
function halved(bits: Uint8Array): Uint8Array | undefined {
  const length = bits.length / 2
  if (length * 8 < BITS_MIN) return undefined
  const half = bits.slice(0, length)
  let filled = 0
  for (let at = 0; at < length; at += 1) {
    const byte = (half[at] ?? 0) | (bits[at + length] ?? 0)
    half[at] = byte
    for (let rest = byte; rest > 0; rest &= rest - 1) filled += 1
  }
  return filled <= length * 8 * FILLED_MAX ? half : undefined
}

function firstOf(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return mixed ^ (mixed >>> 13)
}

/** Odd, so that it comes to every place of a circle. */
function stepOf(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) | 1
}

/** Of the whole JSON strings in a text that begins outside of any; one that is cut off at its end is none. */
export function wordHashesOf(text: string): WordHash[] {
  const words = text.match(/"(?:[^"\\]|\\.)*"/gs) ?? []
  return words.map((word) => {
    let hash = FNV_OFFSET
    for (const byte of Buffer.from(word.slice(1, -1), 'utf8')) hash = Math.imul(hash ^ byte, FNV_PRIME)
    return { first: firstOf(hash), step: stepOf(hash) }
  })
}

/** False: at least one of these words does not stand in the segment. */
export function mayHold({ bits }: WordFilter, words: readonly WordHash[]): boolean {
  const last = bits.length * 8 - 1
  return words.every(({ first, step }) => {
    let place = first
    for (let count = 0; count < HASHES; count += 1) {
      const bit = place & last
      if (((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false
      place = (place + step) | 0
    }
    return true
  })
}
