import { type Places, readWhole } from './directory.js'
import type { FileSystem } from './fileSystem.js'
import { sequenceName } from './format.js'
import { publishFile } from './publish.js'
import type { Position } from './walk.js'

const EXTENSION = '.torn'

/**
 * Keeps bytes that are about to be cut off behind `end`, on stable storage. Returns the file's name:
 * sequence-offset-time.torn. The same bytes are kept once, also if a crash makes us come back.
 */
export function quarantineBytes(fs: FileSystem, places: Places, end: Position, bytes: Buffer, time: string): string {
  const stem = `${prefixOf(end)}${time.replaceAll(':', '')}`
  for (let copy = 1; ; copy += 1) {
    const name = copy === 1 ? `${stem}${EXTENSION}` : `${stem}-${copy}${EXTENSION}`
    const kept = readWhole(fs, `${places.quarantine}/${name}`)
    if (kept !== undefined && !kept.equals(bytes)) continue
    publishFile(fs, `${places.quarantine}/${name}`, [bytes])
    return name
  }
}

/** The newest file that was cut off behind `end`, if any. */
export function findQuarantined(
  fs: FileSystem,
  places: Places,
  end: Position,
): { name: string; bytes: number } | undefined {
  const prefix = prefixOf(end)
  const names = (fs.list(places.quarantine) ?? []).filter((name) => name.startsWith(prefix) && name.endsWith(EXTENSION))
  const name = names.sort().at(-1)
  return name === undefined ? undefined : { name, bytes: fs.facts(`${places.quarantine}/${name}`)?.size ?? 0 }
}

function prefixOf(end: Position): string {
  return `${sequenceName(end.sequence + 1)}-${end.offset}-`
}
