import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const scratches: string[] = []

process.on('exit', () => {
  for (const scratch of scratches) rmSync(scratch, { recursive: true, force: true })
})

/** A path for a log in a new folder that is removed when the test process ends. Nothing is there yet. */
export function scratchDirectory(): string {
  const scratch = mkdtempSync(join(tmpdir(), 'coordlog-log-'))
  scratches.push(scratch)
  return join(scratch, 'log')
}
