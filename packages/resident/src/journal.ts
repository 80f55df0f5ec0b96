import { appendFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { isCode } from '@coordlog/log/errors'
import type { Clock } from '@coordlog/runtime/clock'

/** What a resident has to say for itself: in `resident.log` beside the log, the last two files of 256 KiB. */
export type Journal = (line: string) => void

const bytesMax = 256 * 1024

/** A full or vanished disk must not end a resident: what cannot be written down is lost. */
export function openJournal(directory: string, clock: Clock): Journal {
  const file = join(directory, 'resident.log')
  return (line) => {
    try {
      if (statSync(directory, { throwIfNoEntry: false }) === undefined) return
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > bytesMax) renameSync(file, `${file}.1`)
      appendFileSync(file, `${clock.now()} ${shown(line)}\n`, { mode: 0o600 })
    } catch (error) {
      if (!isCode(error, 'ENOENT', 'ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EIO')) throw error
    }
  }
}
