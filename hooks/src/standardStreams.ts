import { read, writeSync } from 'node:fs'

/** Standard input and output by descriptor: process.stdin costs a start 8 ms more than all the rest of a hook's input. */

const chunkBytes = 65_536
const retryMs = 2

let reading = false

/** Whether a read has been asked for and has not come back. */
export function isReading(): boolean {
  return reading
}

/** Chunks until the end. The next read is asked for only when the chunk before has been taken. */
export async function* standardInput(): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = await readChunk(0)
    if (chunk === 'try again') await new Promise((resolve) => setTimeout(resolve, retryMs))
    else if (chunk.length === 0) return
    else yield chunk
  }
}

function readChunk(descriptor: number): Promise<Buffer | 'try again'> {
  const buffer = Buffer.allocUnsafe(chunkBytes)
  reading = true
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, chunkBytes, null, (error, bytes) => {
      reading = false
      if (error === null) resolve(buffer.subarray(0, bytes))
      else if (error.code === 'EAGAIN') resolve('try again')
      else if (error.code === 'EOF') resolve(buffer.subarray(0, 0))
      else reject(error)
    })
  })
}

/** All of a short text. When nobody reads any more, nobody misses it. */
export function write(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EPIPE' || code === 'EBADF') return
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs)
    }
  }
}
