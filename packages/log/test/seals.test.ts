import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { attestLog } from '../src/attest.js'
import { compactLog } from '../src/compaction.js'
import { openFileLog } from '../src/fileLog.js'
import { GENESIS_SEED } from '../src/format.js'
import { encodeRecord } from '../src/record.js'
import { repairLog } from '../src/repair.js'
import { verifyLog } from '../src/verify.js'
import { flip, logFiles, removeFile, writeLines } from './logFiles.js'
import { appendSamples, sampleEvent, tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'

const seals = suite('seals')
const fold = tallyFold()
const small = { segmentBytesMax: 800, snapshots: { recordsMin: 5, bytesMin: 1e9 } }
const time = '2026-02-01T00:00:00.000Z'

/** So many events, a snapshot taken after every fifth. */
async function eventsIn(directory: string, count: number, options = small): Promise<void> {
  const log = await openFileLog(directory, options)
  for (let n = 0; n < count; n += 1) {
    await appendSamples(log, 1, log.head().sequence + 1)
    await log.writeSnapshotIfDue(fold)
  }
  log.close()
}

async function fortyEvents(): Promise<string> {
  const directory = scratchDirectory()
  await eventsIn(directory, 40)
  return directory
}

interface Line {
  first: number
  last: number
  bytes: number
  sha256: string
  link: string
}

function sealsOf(directory: string): Line[] {
  const file = join(directory, 'seals.ndjson')
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  assert.is(lines.pop(), '')
  return lines.map((line) => JSON.parse(line))
}

/** A sum as a tool that knows nothing of us gives it. */
function sha256sum(input: Buffer | string): string {
  const { stdout, status } = spawnSync('sha256sum', [], { input, encoding: 'utf8' })
  assert.is(status, 0)
  return stdout.slice(0, 64)
}

seals('each closed segment is sealed with the next snapshot; other tools come to the same sums and links', async () => {
  const directory = await fortyEvents()
  const files = logFiles(directory)
  const closed = files.segments().slice(0, -1)
  const stored = sealsOf(directory)
  assert.ok(stored.length >= closed.length - 1 && stored.length > 4, `${stored.length} of ${closed.length}`)
  let link = '0'.repeat(64)
  let next = 1
  for (const [index, { first, last, bytes, sha256, link: own }] of stored.entries()) {
    const content = readFileSync(closed[index] ?? '')
    assert.equal([first, bytes, sha256], [next, content.length, sha256sum(content)])
    link = sha256sum(`${link} ${first} ${last} ${bytes} ${sha256}`)
    assert.is(own, link)
    next = last + 1
  }
  const { ok, seals: report } = await verifyLog(directory, fold, small)
  assert.equal([ok, report.sealed, report.compared, report.head], [true, stored.length, stored.length, link])
  assert.equal(report.faults, [])
  const attested = await attestLog(directory)
  if ('damage' in attested) throw new Error(attested.damage.reason)
  assert.equal(
    attested.attestation.segments.slice(0, stored.length),
    stored.map(({ first, last, bytes, sha256 }) => ({ first, last, bytes, sha256 })),
  )
})

seals('an append seals nothing, not even where it closes a segment', async () => {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, small)
  await appendSamples(log, 30)
  log.close()
  assert.ok(logFiles(directory).segments().length > 3)
  assert.not.ok(existsSync(join(directory, 'seals.ndjson')))
})

seals('a directory without seals verifies, and says how many are missing; they come with its snapshots', async () => {
  const directory = await fortyEvents()
  removeFile(join(directory, 'seals.ndjson'))
  const closed = logFiles(directory).segments().length - 1
  const { ok, seals: none } = await verifyLog(directory, fold, small)
  assert.equal([ok, none.sealed, none.unsealed, none.head, none.faults], [true, 0, closed, undefined, []])
  await eventsIn(directory, 5)
  assert.is(sealsOf(directory).length, 2, 'not all of them at once')
  await eventsIn(directory, 5 * closed)
  assert.ok((await verifyLog(directory, fold, small)).seals.unsealed <= 2)
})

/** The history of `directory` with another author in one event, and every checksum of the chain worked out anew. */
function forge(directory: string): void {
  let previous = GENESIS_SEED
  let sequence = 0
  const files = logFiles(directory)
  for (const segment of files.segments()) {
    const lines = files.lines(segment).map((line) => {
      const { ts, type, by, data } = JSON.parse(String(line))
      sequence += 1
      const event = { ts, type, by: sequence === 3 ? 'author-9' : by, data, durable: false }
      const forged = encodeRecord(event, sequence, previous)
      previous = forged.hash
      return Buffer.from(forged.bytes)
    })
    writeLines(segment, lines)
  }
  writeFileSync(files.lock, '')
  rmSync(join(directory, 'snapshots'), { recursive: true })
}

seals('verify sees what the chain cannot: a history rewritten with checksums that are right', async () => {
  const directory = await fortyEvents()
  forge(directory)
  const { ok, damage, seals: report } = await verifyLog(directory, fold, small)
  assert.equal([ok, damage, report.faults.length], [false, undefined, report.sealed])
  assert.match(report.faults[0] ?? '', /^segment 0{19}1 \(events 1 to \d+\) has the SHA-256 [0-9a-f]{64}; it had/)
  const before = readFileSync(join(directory, 'seals.ndjson'))
  const { done } = await repairLog(directory, fold, { ...small, time })
  assert.ok(
    done.some((line) => line.startsWith('left as it is')),
    done.join('\n'),
  )
  await eventsIn(directory, 10)
  assert.is(sealsOf(directory)[0]?.sha256, JSON.parse(String(before).split('\n')[0] ?? '').sha256)
  assert.not.ok((await verifyLog(directory, fold, small)).ok, 'what is added later does not make it true')
})

seals('whoever changes the list must change all that comes after, and so its head', async () => {
  const directory = await fortyEvents()
  const file = join(directory, 'seals.ndjson')
  const original = readFileSync(file, 'utf8')
  const lines = original.trimEnd().split('\n')
  const broken: readonly (readonly [string, RegExp])[] = [
    [lines.with(1, (lines[1] ?? '').replace('"last":', '"last":1')).join('\n'), /line 2 .* does not follow/],
    [lines.toSpliced(1, 1).join('\n'), /line 2 .* does not follow/],
    [[...lines, lines.at(-1)].join('\n'), /does not follow/],
    [lines.with(0, 'x').join('\n'), /line 1 .* does not follow/],
  ]
  for (const [text, expected] of broken) {
    writeFileSync(file, `${text}\n`)
    const { ok, seals: report } = await verifyLog(directory, fold, small)
    assert.equal([ok, expected.test(report.faults.join('\n'))], [false, true], report.faults.join('\n'))
    await eventsIn(directory, 5)
    assert.is(readFileSync(file, 'utf8'), `${text}\n`, 'nothing is added to a list that does not hold')
  }
  writeFileSync(file, original.slice(0, -1))
  assert.match((await verifyLog(directory, fold, small)).seals.faults.join(), /ends within a line/)
  writeFileSync(file, original)
  assert.ok((await verifyLog(directory, fold, small)).ok)
})

seals('every bit of a sealed segment counts, and of an archive every bit of its seal', async () => {
  const directory = await fortyEvents()
  const [segment = ''] = logFiles(directory).segments()
  for (let at = 0; at < readFileSync(segment).length; at += 97) {
    flip(segment, at)
    assert.not.ok((await verifyLog(directory, fold, small)).ok, `byte ${at}`)
    flip(segment, at)
  }
  await compactLog(directory, fold, small)
  const archive = join(directory, 'archive/00000000000000000001.ndjson.gz')
  const comment = readFileSync(archive).indexOf(0, 10) - 10
  assert.ok(comment > 150, `${comment}`)
  for (let at = 10; at < 10 + comment; at += 13) {
    flip(archive, at)
    assert.not.ok((await verifyLog(directory, fold, small)).ok, `byte ${at}`)
    flip(archive, at)
  }
  assert.ok((await verifyLog(directory, fold, small)).ok)
})

seals('archives carry their seal where ordinary gzip passes over it; dropped segments stay in the list', async () => {
  const directory = await fortyEvents()
  await eventsIn(directory, 1)
  await compactLog(directory, fold, small)
  const stored = sealsOf(directory)
  const archives = readdirSync(join(directory, 'archive')).map((name) => join(directory, 'archive', name))
  assert.is(archives.length, stored.length)
  for (const [index, archive] of archives.entries()) {
    const packed = readFileSync(archive)
    assert.equal(JSON.parse(packed.toString('latin1', 10, packed.indexOf(0, 10))), { v: 1, ...stored[index] })
    const { stdout, status } = spawnSync('gzip', ['-dc', archive])
    assert.equal([status, sha256sum(stdout)], [0, stored[index]?.sha256])
  }
  const { seals: archived, ok } = await verifyLog(directory, fold, small)
  assert.equal([ok, archived.compared], [true, stored.length])
  const copy = `${directory}-copy`
  cpSync(directory, copy, { recursive: true })
  removeFile(join(copy, 'seals.ndjson'))
  assert.match((await verifyLog(copy, fold, small)).seals.faults.join(), /carries another seal/)
  await eventsIn(directory, 20)
  await compactLog(directory, fold, { ...small, mode: 'drop', olderThan: sampleEvent(30).ts })
  const after = sealsOf(directory)
  assert.equal(after.slice(0, stored.length), stored)
  const { seals: dropped, ok: isSound } = await verifyLog(directory, fold, small)
  assert.is(isSound, true, dropped.faults.join('\n'))
  assert.ok(dropped.compared < dropped.sealed && dropped.sealed === after.length)
})

seals('a list in which events that are there have no seal is reported', async () => {
  const directory = await fortyEvents()
  const [, second] = sealsOf(directory)
  if (second === undefined) throw new Error('too few seals')
  const { first, last, bytes, sha256 } = second
  const link = sha256sum(`${'0'.repeat(64)} ${first} ${last} ${bytes} ${sha256}`)
  writeFileSync(join(directory, 'seals.ndjson'), `${JSON.stringify({ v: 1, first, last, bytes, sha256, link })}\n`)
  assert.match((await verifyLog(directory, fold, small)).seals.faults.join(), /leaves out events 1 to/)
})

seals.run()
