import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Why a request is not answered. A page in a browser can reach loopback too: it has an Origin, and no token. */
export type Objection = { status: 400 | 401 | 403 | 421; said: string }

/** `token` undefined: whoever reaches the port may ask. */
export function objectionTo(request: IncomingMessage, port: number, token: string | undefined): Objection | undefined {
  const { host, origin, authorization } = request.headers
  if (origin !== undefined) return { status: 403, said: 'requests with an Origin are refused' }
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return { status: 421, said: 'wrong Host' }
  if (token === undefined) return undefined
  const given = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : ''
  return isSame(Buffer.from(given), Buffer.from(token)) ? undefined : { status: 401, said: 'wrong or missing token' }
}

/** In a time that says nothing about where the two differ. How long a token is, everybody may know. */
export function isSame(given: Uint8Array, token: Uint8Array): boolean {
  return given.length === token.length && timingSafeEqual(given, token)
}
