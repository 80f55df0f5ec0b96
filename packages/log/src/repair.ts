import type { Damage, Fold } from './contract.js'
import { createEngine, type EngineOptions, orSystemErrorLater } from './engine.js'
import { ASIDE_EXTENSION } from './format.js'
import { underLock, underMaintenance } from './head.js'
import { isHarmless } from './proof.js'
import { closeWriter, createWriter, establishEnd, type Writer } from './recovery.js'
import { verifyLog } from './verify.js'

export interface RepairOptions extends EngineOptions {
  /** The present time, in the form of `ts`: it is put into what the repair records. */
  readonly time: string
}

export interface RepairReport {
  /** What was done, one sentence each; empty if nothing had to be. */
  readonly done: readonly string[]
  /** What a repair must not touch: then run salvage. */
  readonly damage: Damage | undefined
  readonly sequence: number
}

/**
 * Mends what can be mended without losing anything that was acknowledged: a torn end, a lost head note, a sync or
 * repair that was cut off, snapshots that are not what they should be, left-over files. Leaves damage as it is.
 */
export async function repairLog<State>(
  directory: string,
  fold: Fold<State>,
  options: RepairOptions,
): Promise<RepairReport> {
  const report = await verifyLog(directory, fold, options)
  if (report.damage !== undefined) return { done: [], damage: report.damage, sequence: report.sequence }
  const engine = await createEngine(directory, options)
  const writer = createWriter(engine)
  try {
    return await orSystemErrorLater(engine, async () => {
      if (engine.fs.facts(engine.places.lock) === undefined && report.sequence === 0) {
        return { done: [], damage: undefined, sequence: 0 }
      }
      const end = await underLock(engine, writer.slot, (head) => establishEnd(writer, head, options.time))
      const done =
        end.sequence > report.sequence
          ? [`mended the end of the log: see records ${report.sequence + 1} to ${end.sequence}`]
          : []
      const bad = report.snapshots.filter(({ verdict }) => !isHarmless(verdict))
      const removed = await underMaintenance(engine, () =>
        removeAll(writer, [...bad.map(({ file }) => file), ...asides(writer)]),
      )
      const names =
        removed === undefined ? ['left the snapshots alone: another process is at work on them'] : removed.result
      const sums = report.seals.faults.map((fault) => `left as it is, for nobody can say which is right: ${fault}`)
      return { done: [...done, ...names, ...sums], damage: undefined, sequence: end.sequence }
    })
  } finally {
    closeWriter(writer)
  }
}

function asides(writer: Writer): string[] {
  const { fs, places } = writer.engine
  return [places.root, places.snapshots, places.filters, places.archive].flatMap((folder) =>
    (fs.list(folder) ?? []).filter((name) => name.endsWith(ASIDE_EXTENSION)).map((name) => `${folder}/${name}`),
  )
}

function removeAll(writer: Writer, paths: readonly string[]): string[] {
  for (const path of paths) writer.engine.fs.remove(path)
  return paths.map((path) => `removed ${path}`)
}
