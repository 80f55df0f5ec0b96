import type { Archive } from './walk.js'

/** For a log of which nothing was ever compacted. */
export const noArchive: Archive = {
  firsts: () => [],
  has: () => false,
  segment: () => undefined,
  hashBefore: () => undefined,
}
