import { readFileSync, statSync } from 'node:fs'
import { crypto } from './lateModules.js'
import { isAbsence } from './place.js'
import { errorCode } from './problems.js'

/** Beyond, reading would take longer than anybody wants to wait for a lock; size and time of change must do. */
const bytesMax = 16 * 1024 * 1024

/** What a file holds, to tell later whether it has changed: SHA-256 in hex, or "absent". undefined: it may not be read. */
export function contentOf(file: string): string | undefined {
  try {
    const status = statSync(file)
    if (!status.isFile()) return undefined
    if (status.size > bytesMax) return `large ${status.size} ${status.mtimeMs}`
    return crypto().createHash('sha256').update(readFileSync(file)).digest('hex')
  } catch (error) {
    if (isAbsence(error)) return 'absent'
    if (['EACCES', 'EPERM', 'ELOOP', 'EIO'].includes(errorCode(error) ?? '')) return undefined
    throw error
  }
}
