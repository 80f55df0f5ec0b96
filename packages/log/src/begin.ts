import type { Fold } from './contract.js'
import { basePath, createDirectory } from './directory.js'
import { createEngine, type Engine, type EngineOptions, orSystemErrorLater } from './engine.js'
import { LogError } from './errors.js'
import { GENESIS_SEED } from './format.js'
import { underLock, writeNote } from './head.js'
import { publishFile } from './publish.js'
import { closeWriter, createWriter, type Writer } from './recovery.js'
import { encodeSnapshot, type SnapshotContent } from './snapshotCodec.js'

/** A log whose first records are not there, but the state that stands for them. */
export async function beginAtBase({ engine, slot }: Writer, base: SnapshotContent): Promise<void> {
  const { fs, places } = engine
  const { sequence, hash } = base.position
  await underLock(engine, slot, (head) => {
    createDirectory(fs, places.segments)
    publishFile(fs, basePath(places, sequence), [encodeSnapshot(base)])
    writeNote(engine, head, {
      sequence,
      hash,
      durableSequence: sequence,
      segment: sequence + 1,
      offset: 0,
      phase: 'rest',
    })
  })
}

/** Makes a new log of which record `sequence + 1` will be the first. Throws LogError 'unsafe' if there is something already. */
export async function createLogAt<State>(
  directory: string,
  fold: Fold<State>,
  start: { readonly sequence: number; readonly state: State; readonly latestTime: string | undefined },
  options: EngineOptions = {},
): Promise<void> {
  const engine = await createEngine(directory, options)
  refuseExisting(engine)
  const writer = createWriter(engine)
  const { sequence, state, latestTime } = start
  const position = { sequence, hash: GENESIS_SEED, segment: sequence + 1, offset: 0 }
  try {
    await orSystemErrorLater(engine, () =>
      beginAtBase(writer, { position, foldVersion: fold.version, state, latestTime, deferred: fold.deferred }),
    )
  } finally {
    closeWriter(writer)
  }
}

export function refuseExisting(engine: Engine): void {
  const target = engine.places.root
  if (engine.fs.facts(target) === undefined) return
  throw new LogError(
    'unsafe',
    `${target} exists already. Nothing was written; name a folder that does not exist yet.`,
    { target },
  )
}
