import { isUtf8 } from 'node:buffer'

/** A hook has this much time and room; what is larger is read to its end and dropped. */
export const payloadBytesMax = 16 * 1024 * 1024

export type Parsed =
  /** `note`: worth a line in the hook log, though it can be read. */
  { kind: 'json'; value: unknown; note?: string } | { kind: 'unreadable'; reason: string }

/** Everything that comes until the end, or undefined if that is more than a payload may have. */
export async function readPayload(input: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of input) {
    bytes += chunk.length
    // Reading goes on: who writes into a closed pipe may take it for a failed hook.
    if (bytes > payloadBytesMax) chunks.length = 0
    else chunks.push(chunk)
  }
  return bytes > payloadBytesMax ? undefined : Buffer.concat(chunks, bytes)
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** The reasons hold no piece of the payload: it may carry prompts and whole files. */
export function parsePayload(bytes: Buffer | undefined): Parsed {
  if (bytes === undefined) return unreadable(`the payload is larger than ${payloadBytesMax} bytes`)
  if (bytes.length === 0) return unreadable('the payload is empty')
  if (!isUtf8(bytes)) return unreadable(`the payload of ${bytes.length} bytes is not UTF-8`)
  const isMarked = bytes.subarray(0, 3).equals(byteOrderMark)
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8', isMarked ? 3 : 0))
    return { kind: 'json', value, ...(isMarked && { note: 'the payload began with a byte order mark' }) }
  } catch (error) {
    if (error instanceof SyntaxError) return unreadable(`the payload of ${bytes.length} bytes is not JSON`)
    throw error
  }
}

function unreadable(reason: string): Parsed {
  return { kind: 'unreadable', reason }
}
