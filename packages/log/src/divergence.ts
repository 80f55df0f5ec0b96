import { loadZlib } from './archive.js'
import type { Damage, Fold } from './contract.js'
import { createEngine, type EngineOptions, orSystemErrorLater } from './engine.js'
import { fromBase, fromNothing, lostBefore, takeIn } from './folding.js'
import { hexOf } from './hash.js'
import { breathe } from './pause.js'
import { advance, closeReader, createReader, type Reader, readNoted } from './reading.js'
import { listSnapshots, readSnapshot } from './snapshot.js'
import { stateOf } from './snapshotCodec.js'

/** The first place at which two states are not the same. */
export interface Difference {
  /** "leases.a.ts.0.expiresAt" */
  readonly place: string
  /** As JSON; "nothing" where there is none. */
  readonly folded: string
  readonly found: string
}

export interface Replayed {
  readonly firstSequence: number
  readonly sequence: number
  /** Sequences of the snapshots of this fold that were compared. */
  readonly snapshots: readonly number[]
  /** Whether the state that was given as present was compared: its record may be beyond a damage. */
  readonly isPresentCompared: boolean
  readonly divergence:
    | (Difference & { readonly sequence: number; readonly against: 'snapshot' | 'present' })
    | undefined
  readonly damage: Damage | undefined
}

/**
 * Folds from the first record on, believing no snapshot, and compares with each snapshot and with the present state, which
 * was folded from one. Stops at the first divergence.
 */
export async function findDivergence<State>(
  directory: string,
  fold: Fold<State>,
  present: { readonly state: State; readonly sequence: number },
  options: EngineOptions & { readonly onProgress?: (sequence: number, lastSequence: number) => void } = {},
): Promise<Replayed> {
  const engine = await createEngine(directory, options)
  const reader = createReader(engine)
  try {
    await loadZlib()
    return await orSystemErrorLater(engine, () => compareAll(reader, fold, present, options.onProgress))
  } finally {
    closeReader(reader)
  }
}

async function compareAll<State>(
  reader: Reader,
  fold: Fold<State>,
  present: { readonly state: State; readonly sequence: number },
  onProgress: ((sequence: number, lastSequence: number) => void) | undefined,
): Promise<Replayed> {
  const noted = readNoted(reader)
  const folded = fromBase(reader, fold) ?? fromNothing(fold)
  const { position } = folded
  const firstSequence = position.sequence + 1
  const { fs, places } = reader.engine
  const wanted = new Set(listSnapshots(fs, places))
  const compared: number[] = []
  const found: { divergence: Replayed['divergence']; isPresentCompared: boolean } = {
    divergence: undefined,
    isPresentCompared: false,
  }
  const compare = (sequence: number, hash: string) => {
    const snapshot = wanted.has(sequence) ? readSnapshot(fs, places, sequence) : undefined
    if (snapshot?.foldVersion === fold.version && hexOf(snapshot.position.hash) === hash) {
      compared.push(sequence)
      const difference = firstDifference(folded.state, stateOf(fold, snapshot))
      found.divergence ??= difference && { ...difference, sequence, against: 'snapshot' }
    }
    if (sequence !== present.sequence) return
    found.isPresentCompared = true
    const difference = firstDifference(folded.state, present.state)
    found.divergence ??= difference && { ...difference, sequence, against: 'present' }
  }
  compare(position.sequence, hexOf(position.hash))
  let damage = lostBefore(reader, position, fold.version)
  while (damage === undefined && found.divergence === undefined) {
    const result = advance(reader, position, noted, (record) => {
      if (found.divergence !== undefined) return true
      takeIn(fold, folded, record)
      compare(record.seq, record.h)
      return true
    })
    if (result.kind === 'end') {
      damage = result.damage
      break
    }
    onProgress?.(position.sequence, noted?.note.sequence ?? position.sequence)
    await breathe()
  }
  const { divergence, isPresentCompared } = found
  return { firstSequence, sequence: position.sequence, snapshots: compared, isPresentCompared, divergence, damage }
}

/** Depth first, in the order of the keys. What JSON leaves out counts as nothing. */
function firstDifference(folded: unknown, found: unknown, place = ''): Difference | undefined {
  if (isDictionary(folded) && isDictionary(found) && Array.isArray(folded) === Array.isArray(found)) {
    for (const key of [...new Set([...Object.keys(folded), ...Object.keys(found)])].sort()) {
      const difference = firstDifference(folded[key], found[key], place === '' ? key : `${place}.${key}`)
      if (difference !== undefined) return difference
    }
    return undefined
  }
  const [one, other] = [JSON.stringify(folded), JSON.stringify(found)]
  return one === other ? undefined : { place, folded: one ?? 'nothing', found: other ?? 'nothing' }
}

function isDictionary(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
