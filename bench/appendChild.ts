/**
 * One writer: node appendChild.js STORE DIRECTORY DURABLE MILLISECONDS SEED. Says "ready", appends for so long once it reads
 * a line, and prints one JSON line: how many events, how long each took in microseconds, and how many conflicts there were.
 */

import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { createHistory, defaultSettings } from './history.js'
import { asNewEvent } from './logWriter.js'
import { type Store, stores } from './stores.js'

const eventsPrepared = 2000
/** Enough for V8 to have compiled what is measured; what was compiled before needs no such time. */
const warmUpMs = 500
const warmUpAppends = 5000

const [name = '', directory = '', durable = '', milliseconds = '', seed = ''] = process.argv.slice(2)
const open = stores[name]
if (open === undefined) throw new Error(`no store "${name}"`)

const history = createHistory({ ...defaultSettings, seed: Number(seed) })
const events = Array.from({ length: eventsPrepared }, () => asNewEvent(history.next()))
const store = await open(directory, durable === 'durable')

async function appendFor(untilMs: number, appendsMax: number): Promise<number[]> {
  const latenciesUs: number[] = []
  for (let now = performance.now(); now < untilMs && latenciesUs.length < appendsMax; ) {
    const event = events[latenciesUs.length % eventsPrepared]
    if (event === undefined) throw new Error('no events were prepared')
    const done = store.append(event)
    if (done !== undefined) await done
    const after = performance.now()
    latenciesUs.push(Math.round((after - now) * 1000))
    now = after
  }
  return latenciesUs
}

async function measure(used: Store): Promise<void> {
  await appendFor(performance.now() + warmUpMs, warmUpAppends)
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
  const conflictsBefore = used.conflicts
  const start = performance.now()
  const latenciesUs = await appendFor(start + Number(milliseconds), Number.POSITIVE_INFINITY)
  const elapsedMs = performance.now() - start
  const conflicts = used.conflicts - conflictsBefore
  process.stdout.write(`${JSON.stringify({ elapsedMs, conflicts, latenciesUs })}\n`)
  process.stdin.destroy()
}

await measure(store)
store.close()
