import { isUtf8 } from 'node:buffer'

/** Larger ones are read to their end and dropped. */
export const payloadBytesMax = 16 * 1024 * 1024

export type Payload =
  /** `note`: worth a line in the hook log, though it can be read. */
  | { kind: 'json'; value: unknown; note?: string }
  /** The reason holds no piece of the payload: that may carry prompts and whole files. */
  | { kind: 'unreadable'; reason: string }

/** So often it is tried, before the end of the input, whether all of it is there already. */
const earlyTriesMax = 8

/**
 * One JSON document. It is taken as soon as it is whole, because not every client closes the pipe; until then reading goes on, even
 * beyond what is kept: who writes into a closed pipe may take that for a failed hook.
 */
export async function readPayload(input: AsyncIterable<Uint8Array> | Uint8Array): Promise<Payload> {
  if (input instanceof Uint8Array) return input.length > payloadBytesMax ? tooLarge() : parsePayload(bufferOf(input))
  const chunks: Uint8Array[] = []
  let bytes = 0
  let triesLeft = earlyTriesMax
  for await (const chunk of input) {
    bytes += chunk.length
    if (bytes > payloadBytesMax) {
      chunks.length = 0
      continue
    }
    chunks.push(chunk)
    if (!endsLikeDocument(chunk) || triesLeft-- <= 0) continue
    const payload = parsePayload(Buffer.concat(chunks, bytes))
    if (payload.kind === 'json') return payload
  }
  if (bytes > payloadBytesMax) return tooLarge()
  return parsePayload(Buffer.concat(chunks, bytes))
}

function tooLarge(): Payload {
  return unreadable(`the payload is larger than ${payloadBytesMax} bytes`)
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

const closingBrace = 0x7d
const lineFeed = 0x0a

function endsLikeDocument(chunk: Uint8Array): boolean {
  const last = chunk.at(-1)
  return last === closingBrace || (last === lineFeed && chunk.at(-2) === closingBrace)
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

function parsePayload(bytes: Buffer): Payload {
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

function unreadable(reason: string): Payload {
  return { kind: 'unreadable', reason }
}
