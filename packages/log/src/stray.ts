import { openRegular } from './directory.js'
import type { Engine } from './engine.js'
import { LogError } from './errors.js'

/**
 * Lines that came to stand behind those of somebody else who wrote at the same moment. Both had a lock: the file of the one was
 * replaced while it was held. They fit nothing before them, and nobody was told that they were written.
 */
export class StrayLines extends LogError {
  readonly path: string
  readonly start: number
  readonly bytes: Buffer

  constructor(path: string, start: number, bytes: Uint8Array) {
    super(
      'io',
      `${bytes.length} bytes at byte ${start} of ${path} were written behind somebody else's: the lock was replaced meanwhile. Run: coord verify`,
      { path, offset: start, bytes: bytes.length },
    )
    this.path = path
    this.start = start
    this.bytes = Buffer.from(bytes)
  }
}

/**
 * Cuts them off again; only under the lock that is at its path now. Lines behind which somebody wrote already stay: they are
 * damage then, which is found and said.
 */
export function takeBack({ fs }: Engine, { path, start, bytes }: StrayLines): void {
  if (fs.facts(path) === undefined) return
  const { descriptor, facts } = openRegular(fs, path, 'append')
  try {
    const found = Buffer.alloc(bytes.length)
    const isLast =
      facts.size === start + bytes.length && fs.read(descriptor, found, found.length, start) === found.length
    if (isLast && found.equals(bytes)) fs.truncate(descriptor, start)
  } finally {
    fs.close(descriptor)
  }
}
