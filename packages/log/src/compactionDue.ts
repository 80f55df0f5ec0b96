import { beginningOfArchived, listArchived, loadZlib } from './archive.js'
import { parseJson } from './chain.js'
import { archivePath, listSegments, openRegular, type Places, segmentPath } from './directory.js'
import { createEngine, type EngineOptions, orSystemErrorLater } from './engine.js'
import { isCode } from './errors.js'
import type { FileSystem } from './fileSystem.js'
import { RECORD_BYTES_MAX } from './format.js'

/** Which segments are to stay as they are; the others may be packed, or go. */
export interface KeepRules {
  readonly mode?: 'archive' | 'drop'
  /** Those with a record of this time or later, of the form of `ts`. */
  readonly olderThan?: string
  /** Of these the newest, as many as have so many bytes. */
  readonly keepBytes?: number
}

/**
 * The first sequence of the newest segment that is beyond `keepBytes`, counted from the end of the log; 0 if none is. What is
 * packed counts only where it would go.
 */
export function surplusUpTo(fs: FileSystem, places: Places, { mode, keepBytes }: KeepRules): number {
  if (keepBytes === undefined) return 0
  let bytes = 0
  for (const first of candidates(fs, places, mode).reverse()) {
    const facts = fs.facts(segmentPath(places, first)) ?? fs.facts(archivePath(places, first))
    bytes += facts?.size ?? 0
    if (bytes > keepBytes) return first
  }
  return 0
}

function candidates(fs: FileSystem, places: Places, mode: KeepRules['mode']): number[] {
  const firsts = new Set([...(mode === 'drop' ? listArchived(fs, places) : []), ...listSegments(fs, places)])
  return [...firsts].sort((left, right) => left - right)
}

export interface CompactionDue {
  /** Segments that a compaction would take, and their bytes. */
  readonly segments: number
  readonly bytes: number
  /** They are worth the fold of everything that comes before: a sixteenth of all that is sealed. */
  readonly isWorthIt: boolean
}

const SHARE_WORTH_IT = 16

/** What a compaction by these rules would take, judged by names, sizes and first lines: a few milliseconds for any log. */
export async function compactionDue(
  directory: string,
  rules: KeepRules,
  options: EngineOptions = {},
): Promise<CompactionDue> {
  await loadZlib()
  const engine = await createEngine(directory, options)
  return orSystemErrorLater(engine, async () => judge(engine.fs, engine.places, rules))
}

function judge(fs: FileSystem, places: Places, rules: KeepRules): CompactionDue {
  const firsts = candidates(fs, places, rules.mode)
  const surplus = surplusUpTo(fs, places, rules)
  const isOld = (first: number, next: number): boolean => {
    if (first <= surplus) return true
    if (rules.olderThan === undefined) return rules.keepBytes === undefined
    const nextTime = firstTimeOf(fs, places, next)
    return nextTime !== undefined && nextTime < rules.olderThan
  }
  let segments = 0
  let bytes = 0
  for (const [index, first] of firsts.entries()) {
    const next = firsts[index + 1]
    if (next === undefined || !isOld(first, next)) break
    segments += 1
    bytes += (fs.facts(segmentPath(places, first)) ?? fs.facts(archivePath(places, first)))?.size ?? 0
  }
  const sealed = candidates(fs, places, 'drop').length - 1
  return { segments, bytes, isWorthIt: segments > 0 && segments * SHARE_WORTH_IT >= sealed }
}

/** The time of the first record of a segment, unverified. What came before is about that old. */
function firstTimeOf(fs: FileSystem, places: Places, first: number): string | undefined {
  const bytes = beginningOf(fs, segmentPath(places, first)) ?? beginningOfArchived(fs, places, first)
  const end = bytes?.indexOf(10) ?? -1
  const record = bytes === undefined || end < 0 ? undefined : parseJson(bytes.toString('utf8', 0, end))
  const isRecord = typeof record === 'object' && record !== null && 'ts' in record
  return isRecord && typeof record.ts === 'string' ? record.ts : undefined
}

function beginningOf(fs: FileSystem, path: string): Buffer | undefined {
  try {
    const { descriptor } = openRegular(fs, path, 'read')
    try {
      const bytes = Buffer.alloc(RECORD_BYTES_MAX)
      return bytes.subarray(0, fs.read(descriptor, bytes, bytes.length, 0))
    } finally {
      fs.close(descriptor)
    }
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}
