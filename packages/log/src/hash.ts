import xxhash, { type XXHashAPI } from 'xxhash-wasm'
import { HASH_DIGITS } from './format.js'

/** The hash lives in WebAssembly, which loads asynchronously (3 ms); everything after that is synchronous. */
let api: XXHashAPI | undefined

export async function loadHash(): Promise<void> {
  api ??= await xxhash()
}

/** What is longer goes through WebAssembly's memory piece by piece: growing it to 8 MB takes longer than the hash. */
const PIECE_BYTES = 64 * 1024

/** xxh64 of the bytes. It finds accidents, not malice. */
export function hashBytes(bytes: Uint8Array, seed: bigint): bigint {
  if (api === undefined) throw new Error('hashBytes was called before loadHash')
  if (bytes.length <= PIECE_BYTES) return api.h64Raw(bytes, seed)
  const hash = api.create64(seed)
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) hash.update(bytes.subarray(at, at + PIECE_BYTES))
  return hash.digest()
}

const HEX_BYTES = Buffer.from('0123456789abcdef', 'latin1')
const scratch = new DataView(new ArrayBuffer(8))

/** The 16 lower-case hex digits as text. */
export function hexOf(hash: bigint): string {
  return hash.toString(16).padStart(HASH_DIGITS, '0')
}

export function writeHex(hash: bigint, target: Uint8Array, at: number): void {
  scratch.setBigUint64(0, hash)
  for (let index = 0; index < 8; index += 1) {
    const byte = scratch.getUint8(index)
    target[at + 2 * index] = HEX_BYTES[byte >> 4] ?? 0
    target[at + 2 * index + 1] = HEX_BYTES[byte & 15] ?? 0
  }
}

/** True if the bytes at `at` are exactly this hash as text: `A` is not `a`. Builds no string. */
export function hexEquals(hash: bigint, bytes: Uint8Array, at: number): boolean {
  scratch.setBigUint64(0, hash)
  for (let index = 0; index < 8; index += 1) {
    const byte = scratch.getUint8(index)
    if (bytes[at + 2 * index] !== HEX_BYTES[byte >> 4]) return false
    if (bytes[at + 2 * index + 1] !== HEX_BYTES[byte & 15]) return false
  }
  return true
}

/** The value of 16 lower-case hex digits, or undefined for anything else. */
export function hashFromHex(text: string): bigint | undefined {
  return /^[0-9a-f]{16}$/.test(text) ? BigInt(`0x${text}`) : undefined
}
