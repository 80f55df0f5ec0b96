import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { realFileSystem as fs, isSameFile, loadFlock } from '@coordlog/log/fileSystem'

/** The right to be the one resident of a directory: a flock, which its holder's death gives back at once. */
export interface Tenure {
  /** The directory has gone, or is another one now. */
  isOver(): boolean
  giveUp(): void
}

const replacedMax = 3

/** undefined: there is a resident already. */
export async function tryTenure(directory: string): Promise<Tenure | undefined> {
  await loadFlock()
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, 'resident.lock')
  for (let tries = 0; tries < replacedMax; tries += 1) {
    const descriptor = fs.open(file, 'update')
    const mine = fs.factsOf(descriptor)
    const isGone = () => {
      const there = fs.facts(file)
      return there === undefined || !isSameFile(there, mine)
    }
    if (fs.tryLock(descriptor) && !isGone()) return { isOver: isGone, giveUp: () => fs.close(descriptor) }
    const isReplaced = isGone()
    fs.close(descriptor)
    if (!isReplaced) return undefined
  }
  return undefined
}

const pollMs = 50

/** Waits for the place of one that was asked to stop. undefined: it has not gone in time, or somebody else was faster. */
export async function awaitTenure(directory: string, deadlineMs: number): Promise<Tenure | undefined> {
  for (let waitedMs = 0; waitedMs < deadlineMs; waitedMs += pollMs) {
    const tenure = await tryTenure(directory)
    if (tenure !== undefined) return tenure
    await sleep(pollMs)
  }
  return undefined
}

export interface Watch {
  /** Somebody asked for something. */
  touch(): void
  stop(): void
}

export interface WatchRules {
  checkMs: number
  /** Read anew each time: settings change. */
  idleMs(): number
  monotonicMs(): number
  /** As long as sessions live, their next hook should find somebody. */
  hasLiveInstances(): Promise<boolean>
  /** Why it must go at once, if it must. */
  mustLeave(): string | undefined
  /** What is to be looked after as long as it stays; `quietMs`: since somebody last asked for something. */
  lookAfter(quietMs: number): Promise<void>
  leave(why: string): void
}

/** Looks at the rules every now and then. A look that fails is a reason to leave: the next resident starts from scratch. */
export function watchOver(rules: WatchRules): Watch {
  let lastMs = rules.monotonicMs()
  let isLooking = false
  const look = async () => {
    const reason = rules.mustLeave()
    if (reason !== undefined) return rules.leave(reason)
    await rules.lookAfter(rules.monotonicMs() - lastMs)
    const idleMs = rules.idleMs()
    if (rules.monotonicMs() - lastMs < idleMs || (await rules.hasLiveInstances())) return
    rules.leave(`nobody needed it for ${Math.round(idleMs / 1000)} s`)
  }
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    look()
      .catch((error: unknown) => rules.leave(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        isLooking = false
      })
  }, rules.checkMs)
  return {
    touch: () => {
      lastMs = rules.monotonicMs()
    },
    stop: () => clearInterval(timer),
  }
}
