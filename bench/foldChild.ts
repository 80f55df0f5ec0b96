/**
 * One way of going through a whole log, in a process of its own: node foldChild.js WAY DIRECTORY. Prints one JSON line.
 * parse: the bare loop that everything is compared with. count: the engine without the domain. domain: as it is used.
 * small: the same as coord verify does it, with a small heap.
 */

import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { StringDecoder } from 'node:string_decoder'
import { fold as domainFold } from '@coordlog/coordination/fold'
import type { Fold } from '@coordlog/log/contract'
import { openFileLog } from '@coordlog/log/fileLog'
import { keepHeapSmall } from '@coordlog/log/smallHeap'

const chunkBytes = 1024 * 1024

/** Reads each file by chunks, splits at newlines, parses each line; checks and keeps nothing. */
function parseLoop(directory: string): number {
  const folder = join(directory, 'segments')
  const buffer = Buffer.allocUnsafe(chunkBytes)
  let events = 0
  for (const name of readdirSync(folder).sort()) {
    const descriptor = openSync(join(folder, name), 'r')
    const decoder = new StringDecoder('utf8')
    let rest = ''
    for (;;) {
      const count = readSync(descriptor, buffer, 0, chunkBytes, null)
      if (count === 0) break
      const lines = (rest + decoder.write(buffer.subarray(0, count))).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const record: unknown = JSON.parse(line)
        if (record !== undefined) events += 1
      }
    }
    closeSync(descriptor)
  }
  return events
}

/** A version of its own, so that no snapshot is used. */
const withoutSnapshots = 'bench'

const countingFold: Fold<{ events: number }> = {
  version: withoutSnapshots,
  initial: () => ({ events: 0 }),
  evolve: (state) => {
    state.events += 1
    return state
  },
  revive: () => ({ events: 0 }),
}

async function loadWith<State>(directory: string, fold: Fold<State>): Promise<number> {
  const log = await openFileLog(directory, { readOnly: true })
  const { sequence, damage } = await log.load({ ...fold, version: withoutSnapshots })
  log.close()
  if (damage !== undefined) throw new Error(damage.reason)
  return sequence
}

const ways: Readonly<Record<string, (directory: string) => number | Promise<number>>> = {
  parse: parseLoop,
  count: (directory) => loadWith(directory, countingFold),
  domain: (directory) => loadWith(directory, domainFold),
  small: (directory) => {
    keepHeapSmall()
    return loadWith(directory, domainFold)
  },
}

const [way = '', directory = ''] = process.argv.slice(2)
const run = ways[way]
if (run === undefined) throw new Error(`no way "${way}"; there are: ${Object.keys(ways).join(', ')}`)
const start = performance.now()
const events = await run(directory)
const wallMs = performance.now() - start
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
const cpuMs = (userCPUTime + systemCPUTime) / 1000
process.stdout.write(`${JSON.stringify({ events, wallMs, cpuMs, rssBytes: maxRSS * 1024 })}\n`)
