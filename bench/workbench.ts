import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createHistory, defaultSettings, type HistorySettings } from './history.js'
import { createLogWriter } from './logWriter.js'

/** Whether what coordlog is compared with is installed. */
export type Comparison = { readonly kind: 'there' } | { readonly kind: 'missing'; readonly reason: string }

/** What every workload is handed. */
export interface Workbench {
  /** A scratch folder, removed at the end. */
  readonly folder: string
  readonly comparison: Comparison
  say(text: string): void
}

/** A snapshot is due after 1,000 records, so this is what a process that opens a log has to read after it, on average. */
export const tailEvents = 500

/** A log of so many events of the made-up agents, with a snapshot before its tail; made once and used again. */
export async function logOf(bench: Workbench, events: number): Promise<string> {
  const directory = join(bench.folder, `log-${events}`)
  if (existsSync(directory)) return directory
  const settings: HistorySettings = { ...defaultSettings, seed: 7 }
  const history = createHistory(settings)
  const writer = await createLogWriter(directory)
  for (let count = 1; count <= events; count += 1) {
    await writer.add(history.next())
    if (count === events - tailEvents) await writer.snapshot()
    if (count % 1_000_000 === 0) bench.say(`wrote ${count / 1_000_000} of ${events / 1_000_000} million events`)
  }
  await writer.finish()
  return directory
}

export function removeLog(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
}
