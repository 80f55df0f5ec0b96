import { closeSync, fchmodSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isCode } from '@coordlog/log/errors'

/**
 * Where the resident of a coordination directory is to be found: one line in a file beside the log that only its owner can
 * read. Whoever can read it may do what its owner may do with the log anyway.
 */
export interface Address {
  /** Of the installation that the resident runs: another one does not talk to it. */
  build: string
  port: number
  pid: number
  /** 256 bits, hex. */
  token: string
}

const mark = 'coordlog-resident-1'

export function addressFile(directory: string): string {
  return join(directory, 'resident')
}

/** Five words on one line: bash reads it with one `read`. */
export function formatAddress({ build, port, pid, token }: Address): string {
  return `${mark} ${build} ${port} ${pid} ${token}\n`
}

export function parseAddress(text: string): Address | undefined {
  const [first, build, port, pid, token] = text.trim().split(' ')
  if (first !== mark || build === undefined || token === undefined || !/^[0-9a-f]{64}$/.test(token)) return undefined
  return { build, port: Number(port), pid: Number(pid), token }
}

export function readAddress(directory: string): Address | undefined {
  try {
    return parseAddress(readFileSync(addressFile(directory), 'utf8'))
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** Written aside and renamed: a client reads the old one or the new one, whole. */
export function writeAddress(directory: string, address: Address): void {
  const aside = `${addressFile(directory)}.${address.pid}`
  const descriptor = openSync(aside, 'w', 0o600)
  try {
    fchmodSync(descriptor, 0o600)
    writeSync(descriptor, formatAddress(address))
  } finally {
    closeSync(descriptor)
  }
  renameSync(aside, addressFile(directory))
}

/** Only one's own: a successor may have written its address already. */
export function removeAddress(directory: string, token: string): void {
  if (readAddress(directory)?.token === token) rmSync(addressFile(directory), { force: true })
}
