import { join } from 'node:path'
import { readOwnFile } from './address.js'

/**
 * Where agents post their hooks themselves. It stands in their settings, so it stays the same over all residents of a
 * directory. Its token opens nothing but the hooks.
 */
export interface HookPort {
  port: number
  /** 256 bits, hex. */
  token: string
}

const mark = 'coordlog-hooks-1'
/** Below the ports that systems give out by themselves, above those that need a right. */
const portMin = 20_000
const portCount = 10_000

export function hookPortFile(directory: string): string {
  return join(directory, 'resident.port')
}

export function readHookPort(directory: string): HookPort | undefined {
  const [first, port, token] = (readOwnFile(hookPortFile(directory)) ?? '').trim().split(' ')
  if (first !== mark || token === undefined || !/^[0-9a-f]{64}$/.test(token)) return undefined
  return /^\d{4,5}$/.test(port ?? '') ? { port: Number(port), token } : undefined
}

export function hookPortText({ port, token }: HookPort): string {
  return `${mark} ${port} ${token}\n`
}

/** The n-th choice for a directory: the same for ever, and seldom that of another one. */
export function derivedPort(directory: string, choice: number): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(directory)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return portMin + ((hash + choice * 7_919) % portCount)
}
