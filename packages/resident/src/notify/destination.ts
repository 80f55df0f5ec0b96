import { lstatSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { crypto } from '@coordlog/runtime/lateModules'
import type { NotifyTarget } from '@coordlog/runtime/notifySettings'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import { readOwnFile, writeOwnFile } from '../address.js'

/**
 * Where messages go. Whoever knows a webhook's address may post to it, so it is a secret as the signing secret is: both stand in
 * a file beside the log that only its owner can read, or in the environment of `coord notify`; never in the settings.
 */
export interface Destination {
  url: URL
  secret: string | undefined
  from: 'environment' | 'file'
}

export interface Lookup {
  directory: string
  to: NotifyTarget
  /** Empty for the resident: it has nothing of the session that happened to start it. */
  env: Readonly<Record<string, string | undefined>>
}

const unitsMax = 2_000
const setIt = 'Run: printf \'%s\\n\' "$URL" | coord notify --set-address'

function addressFile(directory: string): string {
  return join(directory, 'notify.address')
}

/** Throws what a person can put right. */
export function destinationOf({ directory, to, env }: Lookup): Destination {
  const named = env['COORD_NOTIFY_URL']
  const found =
    named === undefined || named === ''
      ? { ...fromFile(directory), from: 'file' as const }
      : { address: named, secret: env['COORD_NOTIFY_SECRET'], from: 'environment' as const }
  const { address, secret = '', from } = found
  if (address === undefined) throw new RuntimeProblem('usage', `notify.to is ${to}, but no address is set. ${setIt}`)
  const url = checkedAddress(address)
  if (to === 'webhook' && secret === '') {
    const said =
      'A webhook gets signed messages, and there is no secret. Set COORD_NOTIFY_SECRET beside COORD_NOTIFY_URL, or set the address anew.'
    throw new RuntimeProblem('usage', `${said} ${setIt}`)
  }
  return { url, secret: secret === '' ? undefined : secret, from }
}

function fromFile(directory: string): { address?: string; secret?: string } {
  const file = addressFile(directory)
  const facts = lstatSync(file, { throwIfNoEntry: false })
  if (facts === undefined) return {}
  const text = readOwnFile(file)
  if (text === undefined || (facts.mode & 0o077) !== 0) {
    const mode = (facts.mode & 0o777).toString(8).padStart(4, '0')
    const said = `${file} (mode ${mode}, owner ${facts.uid}) can be read by others or is not yours, so it is not used.`
    throw new RuntimeProblem('unsafe', `${said} Run: rm ${file}, and set the address anew`, { path: file })
  }
  const [address, secret] = text.split('\n')
  return { ...(address && { address }), ...(secret && { secret }) }
}

/** Plain http would show the address to everybody on the way; on this machine there is no way. */
export function checkedAddress(text: string): URL {
  // Nothing of what was given is repeated: it is a secret.
  if (text.length > unitsMax)
    throw new RuntimeProblem('usage', `The address has ${text.length} characters; the limit is ${unitsMax}.`)
  if (!URL.canParse(text))
    throw new RuntimeProblem('usage', `The address is no URL. Example: https://hooks.slack.com/services/…`)
  const url = new URL(text)
  const isHere = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isHere)) return url
  throw new RuntimeProblem(
    'usage',
    `The address begins with ${url.protocol}// and leads to ${url.hostname}; it must be https.`,
  )
}

/** For a webhook without a secret one is made; it is returned, because the receiver needs it. */
export function setDestination(directory: string, address: string, secret: string | undefined): string {
  checkedAddress(address)
  const chosen = secret ?? crypto().randomBytes(32).toString('hex')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeOwnFile(addressFile(directory), `${address}\n${chosen}\n`, true)
  return chosen
}

export function removeDestination(directory: string): void {
  rmSync(addressFile(directory), { force: true })
}

/** Text from elsewhere, without what must not be seen in it. */
export function withoutSecrets(text: string, { url, secret }: Destination): string {
  const hidden = [url.href, url.pathname + url.search, url.pathname, url.search, url.password, secret ?? '']
  return hidden.filter((part) => part.length > 3).reduce((rest, part) => rest.replaceAll(part, '…'), text)
}
