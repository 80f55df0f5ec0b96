import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What opencode's hooks were given, one JSON line each. */
export interface RecordedHook {
  hook: string
  input?: {
    sessionID?: string
    event?: { type: string; properties: { sessionID: string; info?: { parentID?: string } } }
  }
}

/** In the order in which they came, in this repository; the end of the program is told otherwise. */
export function hooksOf(name: string, repo: string): RecordedHook[] {
  const file = fileURLToPath(new URL(`../../test/fixtures/opencode/${name}.jsonl`, import.meta.url))
  const lines = readFileSync(file, 'utf8').replaceAll('/home/dev/app', repo).trim().split('\n')
  return lines.map((line): RecordedHook => JSON.parse(line)).filter(({ hook }) => hook !== 'dispose')
}
