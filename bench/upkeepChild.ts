/** node upkeepChild.js verify|archive|drop DIRECTORY: does it, and prints one JSON line of what it took. */

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fold } from '@coordlog/coordination/fold'
import { compactLog } from '@coordlog/log/compaction'
import { keepHeapSmall } from '@coordlog/log/smallHeap'
import { verifyLog } from '@coordlog/log/verify'

function bytesIn(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

const [way = '', directory = ''] = process.argv.slice(2)
keepHeapSmall()
const bytes = bytesIn(directory)
const start = performance.now()
if (way === 'verify') {
  const { ok } = await verifyLog(directory, fold)
  if (!ok) throw new Error(`${directory} does not verify`)
} else {
  const { segments } = await compactLog(directory, fold, { mode: way === 'drop' ? 'drop' : 'archive' })
  if (segments.length === 0) throw new Error(`nothing of ${directory} was compacted`)
}
const wallMs = performance.now() - start
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
const cpuMs = (userCPUTime + systemCPUTime) / 1000
const bytesAfter = bytesIn(directory)
process.stdout.write(`${JSON.stringify({ wallMs, cpuMs, rssBytes: maxRSS * 1024, bytes, bytesAfter })}\n`)
