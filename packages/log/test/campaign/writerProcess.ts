import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fold } from '../../src/contract.js'
import { openFileLog } from '../../src/fileLog.js'
import { transact } from '../../src/transact.js'

/** A process that writes to a log, for campaigns with several of them: node writerProcess.js JOB DIRECTORY NAME … */

const [job, directory = '', name = '', ...rest] = process.argv.slice(2)
const ts = '2026-01-08T12:45:32.000Z'

/** Past the buffers of the process: what is said is heard, even if the process is killed right after. */
function say(text: string): void {
  writeSync(1, `${text}\n`)
}

/** Appends for ever and says "ack N SEQUENCE" after each acknowledgement. */
async function appendForEver(): Promise<void> {
  const [first = '1', segmentBytesMax = '4000'] = rest
  const log = await openFileLog(directory, { segmentBytesMax: Number(segmentBytesMax), lockDeadlineMs: 60_000 })
  for (let n = Number(first); ; n += 1) {
    const event = { ts, type: 'writer.wrote', by: name, data: { n }, durable: n % 8 === 0 }
    say(`try ${n}`)
    const result = await log.append(event, 'any')
    say(`ack ${n} ${result.sequence}`)
  }
}

interface Claims {
  holders: Record<string, string>
  ids: number
}

const claims: Fold<Claims> = {
  version: 'claims-1',
  initial: () => ({ holders: {}, ids: 0 }),
  evolve: (state, record) => {
    const { path, id } = record.data
    if (typeof path === 'string') state.holders[path] = record.by
    if (typeof id === 'number') state.ids += 1
    return state
  },
  revive: (json) => JSON.parse(JSON.stringify(json)),
}

/** Waits for lines "claim PATH" or "number" and decides each in a transaction; the window before the append can be widened. */
async function decideOnDemand(): Promise<void> {
  const windowMs = Number(rest[0] ?? '0')
  const log = await openFileLog(directory, { segmentBytesMax: 4000, lockDeadlineMs: 60_000 })
  const options = { deadlineMs: 60_000, random: Math.random }
  say('ready')
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, path = ''] = line.split(' ')
    const { reply, sequence } = await transact(
      log,
      claims,
      async (state) => {
        const holder = state.holders[path]
        const id = state.ids + 1
        if (windowMs > 0) await sleep(Math.random() * windowMs)
        if (what === 'number') {
          return { event: { ts, type: 'number.given', by: name, data: { id }, durable: false }, reply: `${id}` }
        }
        if (holder !== undefined) return { reply: `held ${holder}` }
        return { event: { ts, type: 'path.claimed', by: name, data: { path }, durable: false }, reply: 'granted' }
      },
      options,
    )
    say(`done ${sequence} ${reply}`)
  }
}

await (job === 'append' ? appendForEver() : decideOnDemand())
