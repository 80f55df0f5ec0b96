/**
 * One writer: node appendChild.js STORE DIRECTORY DURABLE MILLISECONDS SEED GROUP. Says "ready", appends for so long once it
 * reads a line, and prints one JSON line: how long each append of GROUP events took in microseconds, and how many conflicts
 * there were.
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

const [name = '', directory = '', durable = '', milliseconds = '', seed = '', group = '1'] = process.argv.slice(2)
const open = stores[name]
if (open === undefined) throw new Error(`no store "${name}"`)

const history = createHistory({ ...defaultSettings, seed: Number(seed) })
const events = Array.from({ length: eventsPrepared }, () => asNewEvent(history.next()))
const store = await open(directory, durable === 'durable')

const groupEvents = Number(group)

function appendNext(used: Store, from: number): Promise<void> | void {
  const next = events[from % eventsPrepared]
  if (next === undefined) throw new Error('no events were prepared')
  if (groupEvents === 1) return used.append(next)
  const start = from % (eventsPrepared - groupEvents)
  return used.appendAll?.(events.slice(start, start + groupEvents))
}

async function appendFor(used: Store, untilMs: number, appendsMax: number): Promise<number[]> {
  const latenciesUs: number[] = []
  for (let now = performance.now(); now < untilMs && latenciesUs.length < appendsMax; ) {
    const done = appendNext(used, latenciesUs.length * groupEvents)
    if (done !== undefined) await done
    const after = performance.now()
    latenciesUs.push(Math.round((after - now) * 1000))
    now = after
  }
  return latenciesUs
}

async function measure(used: Store): Promise<void> {
  await appendFor(used, performance.now() + warmUpMs, warmUpAppends)
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
  const conflictsBefore = used.conflicts
  const start = performance.now()
  const latenciesUs = await appendFor(used, start + Number(milliseconds), Number.POSITIVE_INFINITY)
  const elapsedMs = performance.now() - start
  const conflicts = used.conflicts - conflictsBefore
  process.stdout.write(`${JSON.stringify({ elapsedMs, conflicts, latenciesUs })}\n`)
  process.stdin.destroy()
}

await measure(store)
store.close()
