/** COORDLOG_CAMPAIGN=long runs each campaign longer; COORDLOG_SEED repeats a run. The seed is in every failure. */

const isLong = process.env['COORDLOG_CAMPAIGN'] === 'long'

export function rounds(short: number, long: number): number {
  return isLong ? long : short
}

export const seed = Number(process.env['COORDLOG_SEED'] ?? Date.now() % 1_000_000)

/** Numbers from 0 up to, not including, 1, the same for the same seed. */
export function seededRandom(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Adds what is needed to repeat a failure to its message. */
export async function withSeed(what: string, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (error instanceof Error) error.message = `${what}, COORDLOG_SEED=${seed}: ${error.message}`
    throw error
  }
}
