import { request } from 'node:http'
import { isCode } from '@coordlog/log/errors'
import { type Address, readAddress } from './address.js'

/** How long a resident that is there may take for its own affairs. */
const patienceMs = 2_000

/** The text of its answer, or why there is none: nobody at that address, somebody who is silent, or a stranger. */
export type Asked = { kind: 'answer'; text: string } | { kind: 'nobody' } | { kind: 'silent' } | { kind: 'stranger' }

function ask(address: Address, method: 'GET' | 'POST', path: string): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${address.token}`, connection: 'close' }
    const options = { host: '127.0.0.1', port: address.port, method, path, headers, agent: false }
    const asked = request(options, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => resolve(answer.statusCode === 200 ? { kind: 'answer', text } : { kind: 'stranger' }))
      answer.on('error', () => resolve({ kind: 'nobody' }))
    })
    const deadline = setTimeout(() => {
      resolve({ kind: 'silent' })
      asked.destroy()
    }, patienceMs)
    asked.on('close', () => clearTimeout(deadline))
    asked.on('error', (error) => {
      if (isCode(error, 'ECONNREFUSED', 'ECONNRESET', 'EPIPE')) resolve({ kind: 'nobody' })
      // What listens there now does not speak HTTP.
      else if ('code' in error && String(error.code).startsWith('HPE_')) resolve({ kind: 'stranger' })
      else reject(error)
    })
    asked.end()
  })
}

/** What a resident says of itself. */
export interface ResidentStatus {
  pid: number
  build: string
  directory: string
  /** ISO 8601, UTC. */
  startedAt: string
  /** Answered since then. */
  requests: number
  /** Decided together with others: how many writes the events took, and how many events there were. */
  writes: number
  events: number
  /** Where agents may post their hooks; 0: nowhere. */
  hookPort: number
  memoryBytes: number
}

/** undefined: none that answers. */
export async function askStatus(directory: string): Promise<ResidentStatus | undefined> {
  const address = readAddress(directory)
  const asked = address && (await ask(address, 'GET', '/status'))
  if (asked?.kind !== 'answer') return undefined
  const status: ResidentStatus = JSON.parse(asked.text)
  return status.directory === directory ? status : undefined
}

/** What became of the one whose address is there. */
export async function stopResident(directory: string): Promise<'stopping' | 'nobody' | 'silent'> {
  const address = readAddress(directory)
  const asked = address === undefined ? undefined : await ask(address, 'POST', '/stop')
  if (asked?.kind === 'answer') return 'stopping'
  return asked?.kind === 'silent' ? 'silent' : 'nobody'
}
