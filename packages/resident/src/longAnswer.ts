import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A shell reads what has a limit on its patience byte by byte: 250 ns each, 40 ms for 150 KB, as `status --json` has for some hundred
 * leases. So a long answer is written beside the log, and the client hears of it when it is whole: it copies a file.
 */
export const longAnswerBytes = 32_768

export interface LongAnswer {
  name: string
  remove(): void
}

let count = 0

export function keepLongAnswer(directory: string, data: string): LongAnswer {
  count += 1
  const name = `answer.${process.pid}.${count}`
  const path = join(directory, name)
  writeFileSync(path, data, { mode: 0o600, flag: 'wx' })
  return { name, remove: () => rmSync(path, { force: true }) }
}
