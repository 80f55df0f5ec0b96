import { RuntimeProblem } from '@coordlog/runtime/problems'
import { JsonProblem } from './jsonTree.js'
import type { FileChange } from './plan.js'
import { backupPath, backupsOf, type FileSnapshot, readSnapshot, refuseReadOnly, textOf } from './snapshot.js'

/**
 * A file of the user's in which some lines are ours. `put` and `take` are pure and from text to text; `take` undoes `put`, but for
 * white space that an empty file or list had before: that comes back from the backup.
 */
export interface SharedFile {
  path: string
  put(text: string): string
  take(text: string): string
  /** Nothing is left that anybody but us could have written. */
  isVoid(text: string): boolean
  /** The command to run when the file has been mended. */
  command: string
  /** What we put into it is for its owner alone. */
  isSecret?: boolean
  /** What we put in is taken out exactly, and a copy beside it would be one more file to commit by mistake. */
  isWithoutBackup?: boolean
}

/** An object without a member, or nothing at all. */
export function isVoidJson(text: string): boolean {
  return /^\s*(?:\{\s*\})?\s*$/.test(text)
}

export function planPut(file: SharedFile, at: string): FileChange {
  const snapshot = readSnapshot(file.path)
  const text = textOf(snapshot)
  const after = Buffer.from(explained(file, () => file.put(text)))
  const { path, target, bytes } = snapshot
  const mode = file.isSecret ? (snapshot.mode ?? 0o600) & 0o700 : (snapshot.mode ?? 0o644)
  if (bytes === undefined) return { path, target, kind: 'create', after, mode }
  if (bytes.equals(after) && mode === snapshot.mode) return { path, target, kind: 'keep', before: bytes, after, mode }
  refuseReadOnly(snapshot)
  const kept = file.isWithoutBackup ? {} : { backup: backupPath(path, at) }
  return { path, target, kind: 'change', before: bytes, after, mode, ...kept }
}

/** Nothing of ours in it: no change at all. The backup goes too once the file is again what it holds. */
export function planTake(file: SharedFile): FileChange[] {
  const snapshot = readSnapshot(file.path)
  const { path, target, bytes, mode } = snapshot
  if (bytes === undefined || mode === undefined) return []
  const text = textOf(snapshot)
  const taken = explained(file, () => file.take(text))
  if (taken === text) return []
  refuseReadOnly(snapshot)
  const original = originalOf(file, text, taken)
  if (original === undefined && file.isVoid(taken)) return [{ path, target: path, kind: 'remove', before: bytes, mode }]
  const after = original?.bytes ?? Buffer.from(taken)
  const change: FileChange = { path, target, kind: 'change', before: bytes, after, mode }
  return original === undefined ? [change] : [change, backupRemoval(original)]
}

/** The backup from which `text` came, if nothing but our lines has changed since. */
function originalOf(file: SharedFile, text: string, taken: string): (FileSnapshot & { bytes: Buffer }) | undefined {
  for (const backup of backupsOf(file.path)) {
    if (backup.bytes === undefined) continue
    const before = textOf(backup)
    const isPristine = file.take(before) === before
    if (isPristine && (before === taken || file.put(before) === text)) return { ...backup, bytes: backup.bytes }
  }
  return undefined
}

export function backupRemoval({ path, bytes, mode = 0o644 }: FileSnapshot): FileChange {
  return { path, target: path, kind: 'remove', ...(bytes !== undefined && { before: bytes }), mode }
}

function explained(file: SharedFile, edit: () => string): string {
  try {
    return edit()
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error
    const { line, column, reason } = error
    throw new RuntimeProblem(
      'unsafe',
      `${file.path}, line ${line}, column ${column}: ${reason}. Nothing was changed. Mend the file, then run: ${file.command}`,
      { path: file.path, line, column, reason },
    )
  }
}
