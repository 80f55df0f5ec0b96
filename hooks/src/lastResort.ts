import { write } from './standardStreams.js'

/**
 * Imported before everything else, so that even a part that cannot be loaded (a native binding that was built for another
 * Node) ends in one sentence and exit code 0.
 */
function failOpen(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  const line = message.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 500)
  write(2, `coordlog: not coordinated: ${line}. Run: coord doctor\n`)
  process.exit(0)
}

process.on('uncaughtException', failOpen)
process.on('unhandledRejection', failOpen)
