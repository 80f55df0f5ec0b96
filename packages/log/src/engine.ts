import { loadZlib } from './archive.js'
import { inspectDirectory, type Places, placesOf } from './directory.js'
import { fromSystem } from './errors.js'
import { type FileSystem, loadFlock, realFileSystem } from './fileSystem.js'
import type { LockWait } from './flock.js'
import { SEGMENT_BYTES_MAX } from './format.js'
import { loadHash } from './hash.js'
import { MILESTONE_RECORDS } from './snapshot.js'

/** What every part of one open log shares. */
export interface Engine {
  readonly fs: FileSystem
  readonly places: Places
  readonly bootId: string
  readonly processId: number
  readonly segmentBytesMax: number
  readonly milestoneRecords: number
  /** 'all': every event is on stable storage before it is acknowledged, not only those that ask for it. */
  readonly durability: 'class' | 'all'
  readonly wait: LockWait
}

export interface EngineOptions {
  /** The disk; another one in tests. */
  readonly fs?: FileSystem
  /** 'class' (default): what an event asks for. 'all': every event on stable storage before it is acknowledged. */
  readonly durability?: 'class' | 'all'
  /** How long to try for the lock. Default 5,000. */
  readonly lockDeadlineMs?: number
  readonly segmentBytesMax?: number
  /** Of the older snapshots, one in so many records is kept. */
  readonly milestoneRecords?: number
  /** Changes with each start of the system. Default: the kernel's. */
  readonly bootId?: string
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number
  /** From 0 up to, not including, 1. */
  readonly random?: () => number
}

const LOCK_DEADLINE_MS = 5000

/** A system that does not name its boots is taken as never restarted, and a log that went back as damaged. */
const UNNAMED_BOOT = 'unnamed'

/** Makes ready what is loaded asynchronously, and refuses a directory that is not safely ours. Creates nothing. */
export async function createEngine(directory: string, options: EngineOptions): Promise<Engine> {
  const fs = options.fs ?? realFileSystem
  await Promise.all([loadHash(), loadFlock()])
  const engine: Engine = {
    fs,
    places: placesOf(directory),
    bootId: options.bootId ?? fs.systemText('/proc/sys/kernel/random/boot_id')?.trim() ?? UNNAMED_BOOT,
    processId: process.pid,
    segmentBytesMax: options.segmentBytesMax ?? SEGMENT_BYTES_MAX,
    milestoneRecords: options.milestoneRecords ?? MILESTONE_RECORDS,
    durability: options.durability ?? 'class',
    wait: {
      deadlineMs: options.lockDeadlineMs ?? LOCK_DEADLINE_MS,
      now: options.now ?? (() => Number(process.hrtime.bigint()) / 1e6),
      random: options.random ?? Math.random,
    },
  }
  const isThere = orSystemError(engine, () => inspectDirectory(fs, directory) && fs.facts(engine.places.archive))
  if (isThere) await loadZlib()
  return engine
}

export function orSystemError<T>(engine: Engine, use: () => T): T {
  try {
    return use()
  } catch (error) {
    throw fromSystem(error, engine.places.root, 'Nothing was changed.')
  }
}

export async function orSystemErrorLater<T>(engine: Engine, use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    throw fromSystem(error, engine.places.root, 'Nothing was changed.')
  }
}
