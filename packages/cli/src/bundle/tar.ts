/**
 * A tar archive as every tar reads it (POSIX ustar), of small regular files: a header of 512 bytes, the bytes, and zeros up to the
 * next 512. Two blocks of zeros end it.
 */

const blockBytes = 512
const nameBytesMax = 100
const folderBytesMax = 155

export interface TarEntry {
  /** ASCII; its last name has at most 100 bytes, the folders before it 155. */
  readonly path: string
  readonly bytes: Buffer
}

/** Not run as a whole before it is read: one entry is in memory at a time. */
export async function* tarOf(entries: AsyncIterable<TarEntry>, at: string): AsyncGenerator<Buffer> {
  const seconds = Math.floor(Date.parse(at) / 1000)
  for await (const { path, bytes } of entries) {
    yield header(path, bytes.length, seconds)
    yield bytes
    yield Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes)
  }
  yield Buffer.alloc(2 * blockBytes)
}

function header(path: string, size: number, seconds: number): Buffer {
  const cut = path.length > nameBytesMax ? path.lastIndexOf('/') : -1
  const [folder, name] = [path.slice(0, Math.max(0, cut)), path.slice(cut + 1)]
  const fits = name.length <= nameBytesMax && folder.length <= folderBytesMax
  if (!fits || !/^[\x20-\x7e]+$/.test(path)) throw new Error(`"${path}" is no name for tar`)
  const block = Buffer.alloc(blockBytes)
  const number = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
  block.write(name, 0, 'latin1')
  number(0o600, 100, 8)
  number(0, 108, 8)
  number(0, 116, 8)
  number(size, 124, 12)
  number(seconds, 136, 12)
  block.fill(' ', 148, 156)
  block.write('0', 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  block.write(folder, 345, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}
