import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { realFileSystem as fs, loadFlock } from '@coordlog/log/fileSystem'
import { readAddress } from './address.js'

/** The right to be the one resident of a directory: a flock, which its holder's death gives back at once. */
export interface Tenure {
  /** The directory has gone, or is another one now, or somebody else has the right. */
  isOver(): boolean
  giveUp(): void
}

/** undefined: there is a resident already. */
export async function tryTenure(directory: string): Promise<Tenure | undefined> {
  await loadFlock()
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, 'resident.lock')
  const descriptor = fs.open(file, 'update')
  if (!fs.tryLock(descriptor)) {
    fs.close(descriptor)
    return undefined
  }
  const mine = fs.factsOf(descriptor)
  return {
    isOver: () => {
      const there = fs.facts(file)
      return there === undefined || there.inode !== mine.inode || there.device !== mine.device
    },
    giveUp: () => fs.close(descriptor),
  }
}

const replaceMs = 3_000
const pollMs = 50

/**
 * Asks a resident to stop and waits for its place. One of another build must go: after an upgrade nobody talks to it. Gives up quietly:
 * whoever did not get the place is not needed.
 */
export async function takeOver(directory: string, stop: () => Promise<void>): Promise<Tenure | undefined> {
  await stop()
  for (let waitedMs = 0; waitedMs < replaceMs; waitedMs += pollMs) {
    const tenure = await tryTenure(directory)
    if (tenure !== undefined) return tenure
    await sleep(pollMs)
  }
  return undefined
}

/** Whether the one that is there runs another installation than ours. */
export function isOutdated(directory: string, build: string): boolean {
  const address = readAddress(directory)
  return address !== undefined && address.build !== build
}

export interface IdleWatch {
  /** Somebody asked for something. */
  touch(): void
  stop(): void
}

export interface IdleRules {
  idleMs: number
  checkMs: number
  monotonicMs(): number
  /** As long as sessions live, their next hook should find somebody. */
  hasLiveInstances(): Promise<boolean>
  isOver(): boolean
  leave(why: string): void
}

export function watchIdleness(rules: IdleRules): IdleWatch {
  let lastMs = rules.monotonicMs()
  let checking = false
  const check = async () => {
    if (rules.isOver()) return rules.leave('its directory is gone or replaced')
    if (rules.monotonicMs() - lastMs < rules.idleMs || (await rules.hasLiveInstances())) return
    rules.leave(`nobody needed it for ${Math.round(rules.idleMs / 1000)} s`)
  }
  const timer = setInterval(() => {
    if (checking) return
    checking = true
    check()
      .catch((error: unknown) => rules.leave(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        checking = false
      })
  }, rules.checkMs)
  return {
    touch: () => {
      lastMs = rules.monotonicMs()
    },
    stop: () => clearInterval(timer),
  }
}
