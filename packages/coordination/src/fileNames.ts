import type { Lease } from './state.js'

/** Names of files that stand for a lease or an instance: letters, digits and "._-" only, whatever a path or an id holds. */

const lettersMax = 80

/** One lease, from its grant to its end: readable, and another one for every grant, holder and path. */
export function leaseFileId(lease: Pick<Lease, 'path' | 'token' | 'holder'>): string {
  return `${lease.token}-${readable(lease.path)}-${fingerprint(`${lease.path}\0${lease.holder}`)}`
}

/** The id itself where that is a safe name, which those that coordlog makes are. */
export function instanceFileId(id: string): string {
  return /^\w[\w.-]*$/.test(id) ? id : `${readable(id) || 'id'}-${fingerprint(id)}`
}

function readable(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .slice(-lettersMax)
    .replace(/^[.-]+/, '')
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
