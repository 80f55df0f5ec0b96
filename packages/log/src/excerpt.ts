import type { Fold } from './contract.js'
import { archivePath, basePath, droppedUpTo, type Places, readWhole, segmentPath } from './directory.js'
import { createEngine, type Engine, type EngineOptions, orSystemErrorLater } from './engine.js'
import type { FileSystem } from './fileSystem.js'
import { loadPast } from './past.js'
import { closeReader, createReader, type Reader } from './reading.js'
import { encodeSnapshot } from './snapshotCodec.js'
import { readableSegments, startOfSegment } from './walk.js'

/** A file of a log's directory, or one that stands for what is left out. */
export interface ExcerptFile {
  /** Below the directory. */
  readonly path: string
  readonly bytes: Buffer
}

export interface Excerpt {
  /** Of the first record in it. */
  readonly firstSequence: number
  /** Read one after the other, so that no more than one is in memory. */
  readonly files: AsyncIterable<ExcerptFile>
}

/**
 * The files of a log as they are, damaged or not, from the segment on that holds record `from`: together a log of their own,
 * which begins with a base if earlier segments are left out. Damage is never left out.
 */
export async function excerptOf<State>(
  directory: string,
  fold: Fold<State>,
  from: number,
  options: EngineOptions = {},
): Promise<Excerpt> {
  const engine = await createEngine(directory, options)
  const reader = createReader(engine)
  try {
    return await orSystemErrorLater(engine, async () => {
      const firsts = readableSegments(reader.walker)
      const { base, first } = await startFor(reader, fold, firsts, from, options)
      const kept = firsts.filter((each) => each >= first)
      return { firstSequence: first, files: read(engine, kept, base) }
    })
  } finally {
    closeReader(reader)
  }
}

/** Where to begin, and the base of it if that is not where the log itself begins. */
async function startFor<State>(
  reader: Reader,
  fold: Fold<State>,
  firsts: readonly number[],
  from: number,
  options: EngineOptions,
): Promise<{ readonly first: number; readonly base: ExcerptFile | undefined }> {
  const { places } = reader.engine
  const oldest = firsts[0] ?? 1
  const first = firsts.findLast((each) => each <= from) ?? oldest
  if (first === oldest) return { first, base: undefined }
  const past = await loadPast(places.root, fold, { kind: 'sequence', sequence: first - 1 }, options)
  if (past.kind === 'dropped') return { first: oldest, base: undefined }
  if (past.damage !== undefined) return startFor(reader, fold, firsts, past.damage.lastGoodSequence + 1, options)
  const position = startOfSegment(reader.walker, first)
  if (past.sequence !== first - 1 || position === undefined) return { first: oldest, base: undefined }
  const { state, latestTime } = past
  const { version: foldVersion, deferred } = fold
  const bytes = encodeSnapshot({ position, foldVersion, state, latestTime, deferred })
  return { first, base: { path: below(places, basePath(places, first - 1)), bytes } }
}

function below({ root }: Places, path: string): string {
  return path.slice(root.length + 1)
}

/** The note is read before the segments: then they reach at least as far as it says. */
async function* read(
  { fs, places }: Engine,
  firsts: readonly number[],
  base: ExcerptFile | undefined,
): AsyncGenerator<ExcerptFile> {
  const quarantined = (fs.list(places.quarantine) ?? []).sort().map((name) => `${places.quarantine}/${name}`)
  const standing = base === undefined ? [basePath(places, droppedUpTo(fs, places))] : []
  yield* filesAt(fs, places, [places.lock, ...standing])
  if (base !== undefined) yield base
  for (const first of firsts) {
    const [plain] = filesAt(fs, places, [segmentPath(places, first)])
    if (plain !== undefined) yield plain
    else yield* filesAt(fs, places, [archivePath(places, first)])
  }
  yield* filesAt(fs, places, [places.seals, ...quarantined])
}

/** Those of them that are there. */
function* filesAt(fs: FileSystem, places: Places, paths: readonly string[]): Generator<ExcerptFile> {
  for (const path of paths) {
    const bytes = readWhole(fs, path)
    if (bytes !== undefined) yield { path: below(places, path), bytes }
  }
}
