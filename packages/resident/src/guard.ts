import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Why a request is not answered. A page in a browser can reach loopback too: it has an Origin, and no token. */
export type Objection = { status: 400 | 401 | 403 | 421; said: string }

export function objectionTo(request: IncomingMessage, port: number, token: string): Objection | undefined {
  const { host, origin, authorization } = request.headers
  if (origin !== undefined) return { status: 403, said: 'requests with an Origin are refused' }
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return { status: 421, said: 'wrong Host' }
  const given = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : ''
  return isSame(given, token) ? undefined : { status: 401, said: 'wrong or missing token' }
}

/** In a time that says nothing about where two texts differ, nor about their lengths. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
