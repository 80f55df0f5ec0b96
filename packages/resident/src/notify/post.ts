import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { http, https, tls } from '@coordlog/runtime/lateModules'
import { errorCode } from '@coordlog/runtime/problems'
import type { Posted } from './payload.js'

/** What became of one try. `mayHaveArrived`: nobody can say. */
export type Outcome =
  | { kind: 'delivered' }
  /** status: what the receiver answered, if it did. retryAfterMs: what it asked for. */
  | { kind: 'failed'; mayHaveArrived: boolean; said: string; status?: number; retryAfterMs?: number }

export interface Wire {
  /** From the first byte to the last. */
  timeoutMs: number
  /** More authorities to trust, as NODE_EXTRA_CA_CERTS would name them: node itself starts without that variable here. */
  certificatesFile: string | undefined
  signal: AbortSignal
}

const answerBytesMax = 4_096

/** One POST. Redirects are not followed: they would carry what was sent to a place that nobody set. */
export function post(url: URL, { headers, body }: Posted, wire: Wire): Promise<Outcome> {
  return new Promise((resolve) => {
    let isSent = false
    const settings = {
      method: 'POST',
      headers,
      signal: AbortSignal.any([wire.signal, AbortSignal.timeout(wire.timeoutMs)]),
    }
    const request =
      url.protocol === 'https:'
        ? https().request(url, { ...settings, ...trusted(wire.certificatesFile) })
        : http().request(url, settings)
    request.on('error', (error) => resolve(failure(error, isSent, wire)))
    request.on('response', (response) => {
      read(response).then(
        (text) => resolve(answered(response, text)),
        (error: unknown) => resolve(failure(error, true, wire)),
      )
    })
    request.on('finish', () => {
      isSent = true
    })
    request.end(body)
  })
}

let authorities: { file: string; ca: (string | Buffer)[] } | undefined

function trusted(file: string | undefined): { ca?: (string | Buffer)[] } {
  if (file === undefined || file === '') return {}
  if (authorities?.file !== file) authorities = { file, ca: [...tls().rootCertificates, readFileSync(file)] }
  return { ca: authorities.ca }
}

/** The beginning of the answer; what is longer is not wanted. */
async function read(response: IncomingMessage): Promise<string> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of response) {
    bytes = Buffer.concat([bytes, chunk])
    if (bytes.length > answerBytesMax) break
  }
  return bytes.toString('utf8', 0, answerBytesMax)
}

function answered({ statusCode: status = 0, headers }: IncomingMessage, text: string): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  const after = Number(headers['retry-after'])
  const words = text.trim() === '' ? '' : `: ${text.trim().slice(0, 100)}`
  return {
    kind: 'failed',
    // A server that is at its wits' end may have done it all the same.
    mayHaveArrived: status >= 500 || status === 408,
    said: `the answer was ${status}${words}`,
    status,
    ...(after > 0 && { retryAfterMs: Math.min(after, 3_600) * 1_000 }),
  }
}

function failure(error: unknown, isSent: boolean, { timeoutMs, signal }: Wire): Outcome {
  if (!(error instanceof Error)) throw error
  const isLate = error.name === 'TimeoutError' || (error.name === 'AbortError' && !signal.aborted)
  const said = isLate ? `no answer within ${timeoutMs} ms` : `${errorCode(error) ?? error.name}: ${error.message}`
  return { kind: 'failed', mayHaveArrived: isSent, said }
}
