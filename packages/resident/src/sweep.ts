import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '@coordlog/runtime/clock'

const leftOverMs = 60_000

/** Inputs that clients left beside the log because they were killed, and long answers of residents that were. */
export function sweepLeftOvers(directory: string, clock: Clock): void {
  for (const name of readdirSync(directory)) {
    if (!/^(stdin\.\d+|answer\.\d+\.\d+)$/.test(name)) continue
    const path = join(directory, name)
    const facts = statSync(path, { throwIfNoEntry: false })
    if (facts !== undefined && Date.parse(clock.now()) - facts.mtimeMs > leftOverMs) rmSync(path, { force: true })
  }
}
