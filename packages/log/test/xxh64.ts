/** xxh64 from its specification, slow and plain: a second opinion on the library that the engine uses. */

const MASK = (1n << 64n) - 1n
const P1 = 11400714785074694791n
const P2 = 14029467366897019727n
const P3 = 1609587929392839161n
const P4 = 9650029242287828579n
const P5 = 2870177450012600261n

const rotate = (value: bigint, by: bigint) => ((value << by) | (value >> (64n - by))) & MASK
const times = (one: bigint, other: bigint) => (one * other) & MASK
const plus = (one: bigint, other: bigint) => (one + other) & MASK
const round = (lane: bigint, input: bigint) => times(rotate(plus(lane, times(input, P2)), 31n), P1)
const merge = (hash: bigint, lane: bigint) => plus(times(hash ^ round(0n, lane), P1), P4)

function stripes(bytes: Buffer, seed: bigint): bigint {
  let [a, b, c, d] = [plus(plus(seed, P1), P2), plus(seed, P2), seed, (seed - P1) & MASK]
  for (let at = 0; at + 32 <= bytes.length; at += 32) {
    a = round(a, bytes.readBigUInt64LE(at))
    b = round(b, bytes.readBigUInt64LE(at + 8))
    c = round(c, bytes.readBigUInt64LE(at + 16))
    d = round(d, bytes.readBigUInt64LE(at + 24))
  }
  const sum = plus(plus(rotate(a, 1n), rotate(b, 7n)), plus(rotate(c, 12n), rotate(d, 18n)))
  return [a, b, c, d].reduce(merge, sum)
}

export function xxh64(bytes: Buffer, seed: bigint): bigint {
  let hash = plus(bytes.length >= 32 ? stripes(bytes, seed) : plus(seed, P5), BigInt(bytes.length))
  let at = bytes.length - (bytes.length % 32)
  for (; at + 8 <= bytes.length; at += 8) {
    hash = plus(times(rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n), P1), P4)
  }
  if (at + 4 <= bytes.length) {
    hash = plus(times(rotate(hash ^ times(BigInt(bytes.readUInt32LE(at)), P1), 23n), P2), P3)
    at += 4
  }
  for (; at < bytes.length; at += 1) {
    hash = times(rotate(hash ^ times(BigInt(bytes[at] ?? 0), P5), 11n), P1)
  }
  hash = times(hash ^ (hash >> 33n), P2)
  hash = times(hash ^ (hash >> 29n), P3)
  return hash ^ (hash >> 32n)
}
