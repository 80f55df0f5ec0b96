import type { Log } from '@coordlog/log/contract'
import { type FileLogExtras, type FileLogOptions, openFileLog } from '@coordlog/log/fileLog'

/**
 * The log of one directory, kept open with its folded state. It is the same log that everybody else has: it reads what
 * others append, and appends under the same flock. What is kept here is only the work of folding.
 */
export interface WarmLog {
  /** For `openCoordination`: this directory's log without opening it again; others as usual. */
  open(directory: string, options?: FileLogOptions): Promise<Log & FileLogExtras>
  close(): void
}

export function createWarmLog(directory: string): WarmLog {
  const kept = new Map<string, Promise<Log & FileLogExtras>>()
  return {
    async open(wanted, options = {}) {
      if (wanted !== directory) return openFileLog(wanted, options)
      const durability = options.durability ?? 'class'
      const known = kept.get(durability) ?? openFileLog(directory, { ...options, durability })
      kept.set(durability, known)
      try {
        return { ...(await known), close: () => undefined }
      } catch (error) {
        // The next one tries again: the directory may have been put right.
        kept.delete(durability)
        throw error
      }
    },
    close() {
      for (const log of kept.values()) void log.then((open) => open.close())
      kept.clear()
    },
  }
}
