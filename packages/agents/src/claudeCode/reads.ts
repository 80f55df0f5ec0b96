import type { FileRead } from '../contract.js'
import { Batch, FilePath, Range } from './payload.js'

/** So many lines are shown of a file when no number is given, and so many characters of a line. */
const linesMax = 2_000
const lineCharactersMax = 2_000

/** Which files a step's calls of Read showed, and whether that is still what they hold. A read that failed shows none. */
export function readsIn(payload: unknown): FileRead[] {
  const batch = Batch().safeParse(payload)
  if (!batch.success) return []
  return batch.data.tool_calls.flatMap(({ tool_name, tool_input, tool_response }): FileRead[] => {
    const input = FilePath().safeParse(tool_input)
    if (tool_name !== 'Read' || !input.success) return []
    const path = input.data.file_path
    // Pictures and the like come as blocks; a text that is not in numbered lines is an error or a remark.
    if (typeof tool_response !== 'string') return typeof tool_response === 'object' ? [{ path }] : []
    if (!/^ *\d+(?:\t|→)/.test(tool_response)) return []
    const range = Range().safeParse(tool_input)
    const isPart = !range.success || range.data.offset != null || range.data.limit != null
    return [{ path, shows: (content) => isShown(tool_response, content, isPart) }]
  })
}

/** "1\thello\n2\tworld": the lines that were shown are those of the file; all of them, unless a part was asked for. */
function isShown(response: string, content: string, isPart: boolean): boolean {
  const lines = content.replace(/^\uFEFF/, '').split(/\r?\n/)
  let shown = 0
  for (const line of response.split(/\r?\n/)) {
    const [, number, text = ''] = /^ *(\d+)(?:\t|→)(.*)$/.exec(line) ?? []
    // What follows the file is talk of the client.
    if (number === undefined) break
    if (!isSame(text, lines[Number(number) - 1])) return false
    shown += 1
  }
  return isPart || shown >= Math.min(lines.length, linesMax)
}

function isSame(shown: string, line: string | undefined): boolean {
  if (line === undefined || line === shown) return line === shown
  return line.length > lineCharactersMax && shown.startsWith(line.slice(0, lineCharactersMax))
}
