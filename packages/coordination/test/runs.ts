import type { Parameters } from 'fast-check'

const longerBy = process.env['COORDLOG_CAMPAIGN'] === 'long' ? 10 : 1

/** COORDLOG_TEST_RUNS: how many, for a longer search. COORDLOG_TEST_SEED: the seed of a failure, to see it again. */
export function runs<T>(numRuns: number): Parameters<T> {
  const { COORDLOG_TEST_RUNS: wanted, COORDLOG_TEST_SEED: seed } = process.env
  return {
    numRuns: wanted === undefined ? numRuns * longerBy : Number(wanted),
    ...(seed !== undefined && { seed: Number(seed) }),
  }
}
