import { LogError } from './errors.js'
import type { FileSystem } from './fileSystem.js'
import { sleep } from './pause.js'

/** How long to try for the lock, with the sources of time and chance. */
export interface LockWait {
  readonly deadlineMs: number
  /** Milliseconds on a clock that never goes back. */
  now(): number
  /** From 0 up to, not including, 1. */
  random(): number
}

/** The pauses of one waiter: some naps, then 1, 2, 4 … 50 ms, each shortened by chance, until the deadline. */
export interface Patience {
  isOver(): boolean
  waitedMs(): number
  pause(): Promise<void>
}

const PAUSE_MS_MAX = 50

/**
 * A holder has the lock for 10 to 20 µs, and a timer of Node sleeps at least 1 ms, in which the others append fifty times. So the first
 * pauses are naps of the thread, 1 ms of them at the most, before the first that lets others in this process go on.
 */
const NAPS = 10
const NAP_MS = 0.1
const nobody = new Int32Array(new SharedArrayBuffer(4))

/**
 * A waiter tries and pauses. Never a blocking flock, which a stopped holder would hang for ever, and never the
 * asynchronous one, which holds a thread of the pool.
 */
export function startPatience(wait: LockWait): Patience {
  let start: number | undefined
  let naps = 0
  let pauseMs = 1
  const waitedMs = () => {
    start ??= wait.now()
    return wait.now() - start
  }
  return {
    waitedMs: () => Math.round(waitedMs()),
    isOver: () => waitedMs() >= wait.deadlineMs,
    pause: async () => {
      if (naps < NAPS) {
        naps += 1
        Atomics.wait(nobody, 0, 0, NAP_MS * (0.5 + wait.random() / 2))
        return
      }
      const shortened = pauseMs * (0.5 + wait.random() / 2)
      pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)
      await sleep(Math.max(0, Math.min(shortened, wait.deadlineMs - waitedMs())))
    },
  }
}

/** The lock was not had: names the process that holds it, or else the one that wrote last. */
export function busyError(
  fs: FileSystem,
  path: string,
  inode: number,
  waitedMs: number,
  notedProcessId: number | undefined,
): LogError {
  const holder = holderFrom(fs.systemText('/proc/locks') ?? '', inode)
  const name =
    holder !== undefined
      ? `process ${holder} holds it`
      : notedProcessId !== undefined
        ? `the process that wrote last is ${notedProcessId}`
        : 'its holder is not known'
  return new LogError(
    'busy',
    `The lock ${path} was not free within ${waitedMs} ms: ${name}. Nothing was recorded; run the command again.`,
    { path, waitedMs, processId: holder ?? notedProcessId ?? null },
  )
}

/** The process that holds the flock of this inode, from the text of /proc/locks. */
export function holderFrom(locks: string, inode: number): number | undefined {
  for (const line of locks.split('\n')) {
    const match = /^\d+: FLOCK +\S+ +WRITE +(\d+) +[0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line)
    if (match !== null && Number(match[2]) === inode) return Number(match[1])
  }
  return undefined
}
