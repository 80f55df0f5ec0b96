import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
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
const bytesMax = 4096

function addressFile(directory: string): string {
  return join(directory, 'resident')
}

/** Five words on one line: bash reads it with one `read`. */
function formatAddress({ build, port, pid, token }: Address): string {
  return `${mark} ${build} ${port} ${pid} ${token}\n`
}

function parseAddress(text: string): Address | undefined {
  const [first, build, port, pid, token] = text.trim().split(' ')
  if (first !== mark || build === undefined || token === undefined || !/^[0-9a-f]{64}$/.test(token)) return undefined
  const [portNumber, pidNumber] = [Number(port), Number(pid)]
  if (!Number.isInteger(portNumber) || portNumber < 1 || portNumber > 65_535 || !Number.isInteger(pidNumber)) {
    return undefined
  }
  return { build, port: portNumber, pid: pidNumber, token }
}

/** undefined: there is none, or none that this user wrote. A link is not followed and a pipe not waited for. */
export function readAddress(directory: string): Address | undefined {
  const text = readOwnFile(addressFile(directory))
  return text === undefined ? undefined : parseAddress(text)
}

/** The text of a small regular file of this user; undefined if there is no such. */
export function readOwnFile(file: string): string | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENXIO')) return undefined
    throw error
  }
  try {
    const facts = fstatSync(descriptor)
    const isOurs = facts.isFile() && facts.size <= bytesMax && facts.uid === process.geteuid?.()
    return isOurs ? readFileSync(descriptor, 'utf8') : undefined
  } finally {
    closeSync(descriptor)
  }
}

export function writeAddress(directory: string, address: Address): void {
  writeOwnFile(addressFile(directory), formatAddress(address))
}

/** Written aside and renamed: whoever reads gets the old one or the new one, whole. For this user alone. */
export function writeOwnFile(file: string, text: string, isSynced = false): void {
  const aside = `${file}.${process.pid}`
  rmSync(aside, { force: true })
  const descriptor = openSync(aside, 'wx', 0o600)
  try {
    writeSync(descriptor, text)
    if (isSynced) fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(aside, file)
}

/** Only one's own: a successor may have written its address already. */
export function removeAddress(directory: string, token: string): void {
  if (readAddress(directory)?.token === token) rmSync(addressFile(directory), { force: true })
}
