import type { IncomingMessage } from 'node:http'

/** What one request may bring: a payload of 16 MiB must pass, with its frame around it. */
export const bodyBytesMax = 17 * 1024 * 1024
/** What all of them together may have in memory. Whoever comes then goes another way. */
const allBytesMax = 64 * 1024 * 1024

export type Body =
  | { kind: 'whole'; bytes: Buffer }
  | { kind: 'refused'; status: 413 | 503; said: string }
  /** The connection ended before the body did. */
  | { kind: 'broken' }

/** Reads bodies, all within one measure of memory. `free` gives back what a body has taken. */
export interface BodyReader {
  read(request: IncomingMessage): Promise<Body>
  free(body: Body): void
}

export function createBodyReader(): BodyReader {
  let heldBytes = 0
  return {
    free: (body) => {
      if (body.kind === 'whole') heldBytes -= body.bytes.length
    },
    read: (request) =>
      new Promise((resolve) => {
        const chunks: Buffer[] = []
        let bytes = 0
        const end = (body: Body) => {
          if (body.kind !== 'whole') heldBytes -= bytes
          bytes = 0
          request.off('data', take)
          resolve(body)
        }
        const take = (chunk: Buffer) => {
          chunks.push(chunk)
          bytes += chunk.length
          heldBytes += chunk.length
          if (bytes > bodyBytesMax) end({ kind: 'refused', status: 413, said: `more than ${bodyBytesMax} bytes` })
          else if (heldBytes > allBytesMax) end({ kind: 'refused', status: 503, said: 'too much at once' })
        }
        request.on('data', take)
        request.on('end', () => {
          const [only] = chunks
          end({ kind: 'whole', bytes: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes) })
        })
        request.on('close', () => end({ kind: 'broken' }))
      }),
  }
}
