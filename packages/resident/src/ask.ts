import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessIdentity } from '@coordlog/coordination/vocabulary'
import { isCode } from '@coordlog/log/errors'
import { livenessOf, processIdentity } from '@coordlog/runtime/liveness'
import { type Address, readAddress } from './address.js'
import { countsBytes, formatQuestion } from './frame.js'

/** How long a resident that is there may take for its own affairs. */
const patienceMs = 2_000

/** The text of its answer, or why there is none: nobody at that address (or a stranger), or somebody who is silent. */
type Asked = { kind: 'answer'; text: string } | { kind: 'nobody' } | { kind: 'silent' }

function ask(address: Address, verb: 'status' | 'stop'): Promise<Asked> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(address.port, '127.0.0.1')
    const deadline = setTimeout(() => {
      resolve({ kind: 'silent' })
      socket.destroy()
    }, patienceMs)
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', (error) => {
      clearTimeout(deadline)
      if (isCode(error, 'ECONNREFUSED', 'ECONNRESET', 'EPIPE')) resolve({ kind: 'nobody' })
      else reject(error)
    })
    socket.on('close', () => {
      clearTimeout(deadline)
      resolve(text.startsWith('a') ? { kind: 'answer', text: text.slice(1 + countsBytes) } : { kind: 'nobody' })
    })
    socket.write(formatQuestion(address.token, { verb }))
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
  const asked = address && (await ask(address, 'status'))
  if (asked?.kind !== 'answer') return undefined
  const status: ResidentStatus = JSON.parse(asked.text)
  return status.directory === directory ? status : undefined
}

const pollMs = 10

/** Whoever removes the repository next finds nobody who still writes to it. One that takes longer is not waited for. */
async function untilEnded(resident: ProcessIdentity | undefined): Promise<void> {
  if (resident?.pid === process.pid) return
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pollMs) {
    if (livenessOf(resident) !== 'alive') return
    await sleep(pollMs)
  }
}

/** What became of the one whose address is there. */
export async function stopResident(directory: string): Promise<'stopping' | 'nobody' | 'silent'> {
  const address = readAddress(directory)
  if (address === undefined) return 'nobody'
  const resident = processIdentity(address.pid)
  const asked = await ask(address, 'stop')
  if (asked.kind === 'answer') {
    await untilEnded(resident)
    return 'stopping'
  }
  return asked.kind
}
