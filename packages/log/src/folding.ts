import { readBase } from './archive.js'
import type { Damage, Fold, LogRecord } from './contract.js'
import { damageAt, type Noted } from './damage.js'
import { droppedUpTo, segmentPath } from './directory.js'
import { isSameFile } from './fileSystem.js'
import { PATH_TRUST_MS } from './head.js'
import type { HeadNote } from './headNote.js'
import { breathe } from './pause.js'
import { advance, isNotedEnd, isUpToHere, type Reader, readNoted } from './reading.js'
import { listSnapshots, readSnapshot, type SnapshotSize } from './snapshot.js'
import { type Snapshot, stateOf } from './snapshotCodec.js'
import { firstKept, genesis, isStillAt, type Position, stepIntoNext } from './walk.js'

/** State folded up to a position. */
export interface Folded<State> {
  state: State
  readonly position: Position
  /** The latest time of any record up to it; undefined if that is not known. */
  latestTime: string | undefined
  /** The snapshot from which it was folded, or that was written of it; sequence 0 if there is none. */
  snapshot: SnapshotSize
  /** Bytes of the records folded since that snapshot. */
  bytesSince: number
  /** When the segment that was read last was changed, if nothing has been added to it since. */
  changedMs?: number | undefined
  /** When that was last looked at, by the engine's clock. */
  lookedMs?: number
}

/** What an open log has folded so far, per fold, and the turn in which loads run. */
export interface Folding {
  readonly reader: Reader
  readonly folded: WeakMap<object, Folded<unknown>>
  turn: Promise<unknown>
}

export function createFolding(reader: Reader): Folding {
  return { reader, folded: new WeakMap(), turn: Promise.resolve() }
}

/** Runs `use` when all that was asked for before is done: a fold changes its state in place, so loads take turns. */
export function inTurn<T>(folding: Folding, use: () => Promise<T>): Promise<T> {
  const mine = folding.turn.then(use)
  folding.turn = mine.catch(() => undefined)
  return mine
}

/** Where a log ends. */
type End = Pick<HeadNote, 'sequence' | 'hash' | 'segment' | 'offset'>

/**
 * The state of this fold has been led on by `records` already, which this process has just written behind all that was folded: they
 * need not be read. Anything else in between, and they are read as those of others are.
 */
export function goOnBehindOwn(
  { reader, folded: known }: Folding,
  fold: object,
  before: End,
  after: End,
  records: readonly LogRecord[],
): void {
  const folded = known.get(fold)
  if (folded === undefined || after.segment !== before.segment || !isAt(folded.position, before)) return
  for (const { ts } of records) noteTime(folded, ts)
  folded.position.sequence = after.sequence
  folded.position.hash = after.hash
  folded.position.offset = after.offset
  folded.bytesSince += after.offset - before.offset
  noteLastChange(reader, folded)
}

function isAt({ sequence, hash, segment, offset }: Position, end: End): boolean {
  return sequence === end.sequence && hash === end.hash && segment === end.segment && offset === end.offset
}

/** A compaction that drops what is just being read makes a load begin again. */
const ATTEMPTS_MAX = 3

/** Folds everything up to now: what is folded already, or the newest usable snapshot, and then the records after it. */
export async function foldForward<State>(
  folding: Folding,
  fold: Fold<State>,
  attempt = 1,
): Promise<{ readonly folded: Folded<State>; readonly damage: Damage | undefined }> {
  const { reader } = folding
  const noted = readNoted(reader)
  const known = folding.folded.get(fold) as Folded<State> | undefined
  const news = known === undefined ? 'unknown' : newsAfter(reader, known, noted)
  if (known !== undefined && news === 'none') return { folded: known, damage: undefined }
  const mayGoOn = known !== undefined && (news === 'more' || (news === 'some' && isUpToHere(reader, known.position)))
  const folded = mayGoOn ? known : coldStart(reader, fold)
  folding.folded.delete(fold)
  const damage = lostBefore(reader, folded.position, fold.version) ?? (await foldOn(reader, fold, folded, noted))
  if (damage !== undefined && attempt < ATTEMPTS_MAX && wasDropped(reader, folded.position)) {
    return foldForward(folding, fold, attempt + 1)
  }
  noteLastChange(reader, folded)
  folding.folded.set(fold, folded)
  return { folded, damage }
}

/** True if a compaction has dropped what was just being read: then there is a base to begin with instead. */
export function wasDropped(reader: Reader, position: Position): boolean {
  const { fs, places } = reader.engine
  const dropped = droppedUpTo(fs, places)
  return dropped > position.sequence && readBase(fs, places, dropped) !== undefined
}

/**
 * none: the usual case between two decisions. more: the segment has grown. some: anything else that has to be looked at.
 * rewritten: as many bytes as before, but somebody has written among them: what has been folded may not be what stands
 * there now, and it is read again.
 */
type News = 'none' | 'more' | 'some' | 'rewritten'

function newsAfter(reader: Reader, folded: Folded<unknown>, noted: Noted | undefined): News {
  const { walker, engine } = reader
  const { position, changedMs, lookedMs = Number.NEGATIVE_INFINITY } = folded
  if (engine.wait.now() - lookedMs < PATH_TRUST_MS && walker.source?.segment === position.segment) {
    const size = walker.source.size()
    if (size > position.offset) return 'more'
    if (size === position.offset && isNotedEnd(position, noted)) return 'none'
  }
  const facts = walker.fs.facts(segmentPath(walker.places, position.segment))
  const isSameLength = facts === undefined ? position.offset === 0 : facts.size === position.offset
  if (isSameLength && facts?.changedMs !== changedMs) return 'rewritten'
  return isSameLength && isNotedEnd(position, noted) ? 'none' : 'some'
}

/** Of the segment at whose end the position is; undefined if it has been added to meanwhile. */
function noteLastChange({ walker, engine }: Reader, folded: Folded<unknown>): void {
  const facts = walker.fs.facts(segmentPath(walker.places, folded.position.segment))
  folded.changedMs = facts?.size === folded.position.offset ? facts.changedMs : undefined
  const isOpenFile = facts !== undefined && walker.source?.facts !== undefined && isSameFile(walker.source.facts, facts)
  folded.lookedMs = isOpenFile ? engine.wait.now() : Number.NEGATIVE_INFINITY
}

/** Between two chunks others get their turn, so that a long history does not stop a whole process. */
async function foldOn<State>(reader: Reader, fold: Fold<State>, folded: Folded<State>, noted: Noted | undefined) {
  for (let chunk = 0; ; chunk += 1) {
    const { segment, offset } = folded.position
    const result = advance(reader, folded.position, noted, (record) => {
      takeIn(fold, folded, record)
      return true
    })
    if (folded.position.segment === segment) folded.bytesSince += folded.position.offset - offset
    if (result.kind === 'end') return result.damage
    if (chunk > 0) await breathe()
  }
}

function coldStart<State>(reader: Reader, fold: Fold<State>): Folded<State> {
  const snapshot = fromSnapshot(reader, fold) ?? fromBase(reader, fold)
  return snapshot ?? fromNothing(fold)
}

export function fromNothing<State>(fold: Fold<State>): Folded<State> {
  const snapshot = { sequence: 0, bytes: 0, deferredBytes: 0 }
  return { state: fold.initial(), position: genesis(), latestTime: '', snapshot, bytesSince: 0 }
}

export function takeIn<State>(
  fold: Fold<State>,
  folded: Pick<Folded<State>, 'state' | 'latestTime'>,
  record: LogRecord,
): void {
  folded.state = fold.evolve(folded.state, record)
  noteTime(folded, record.ts)
}

function noteTime(folded: Pick<Folded<unknown>, 'latestTime'>, ts: string): void {
  if (folded.latestTime !== undefined && ts > folded.latestTime) folded.latestTime = ts
}

export function fromPicture<State>(fold: Fold<State>, picture: Snapshot): Folded<State> {
  const { position, bytes, deferred, latestTime } = picture
  const snapshot = { sequence: position.sequence, bytes, deferredBytes: deferred?.bytes ?? 0 }
  return { state: stateOf(fold, picture), position, latestTime, snapshot, bytesSince: 0 }
}

/** The newest snapshot of this fold that belongs to this log. Any other is passed over: the records are the truth. */
function fromSnapshot<State>(reader: Reader, fold: Fold<State>): Folded<State> | undefined {
  const { walker } = reader
  for (const sequence of listSnapshots(walker.fs, walker.places).reverse()) {
    const snapshot = readSnapshot(walker.fs, walker.places, sequence)
    if (snapshot === undefined || snapshot.foldVersion !== fold.version) continue
    if (belongsToLog(reader, snapshot.position)) return fromPicture(fold, snapshot)
  }
  return undefined
}

/** What a compaction has left in the place of the records that it dropped. */
export function fromBase<State>(reader: Reader, fold: Fold<State>): Folded<State> | undefined {
  const { fs, places } = reader.engine
  const dropped = droppedUpTo(fs, places)
  const base = dropped === 0 ? undefined : readBase(fs, places, dropped)
  return base?.foldVersion === fold.version ? fromPicture(fold, base) : undefined
}

/** True if the log has the snapshot's record, or continues after it where that segment has been compacted away. */
function belongsToLog(reader: Reader, position: Position): boolean {
  const { walker } = reader
  const isThere = walker.fs.facts(segmentPath(walker.places, position.segment)) !== undefined
  return isThere ? isStillAt(walker, position) : stepIntoNext(walker, position)
}

/** A fold from the first record needs the first record. */
export function lostBefore(reader: Reader, position: Position, foldVersion: string): Damage | undefined {
  if (position.sequence > 0) return undefined
  const { walker } = reader
  const first = firstKept(walker)
  if (first === undefined || first === 1) return undefined
  const reason = `the records before ${first} are not kept, and there is no usable snapshot of fold ${foldVersion}`
  return damageAt(walker, position, 'missing', reason)
}
