import { readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Attestation, attestLog, checkAttestation, parseAttestation } from '../src/attest.js'
import { compactLog } from '../src/compaction.js'
import { openFileLog } from '../src/fileLog.js'
import { GENESIS_SEED } from '../src/format.js'
import { encodeRecord } from '../src/record.js'
import { verifyLog } from '../src/verify.js'
import { flip, logFiles, writeLines } from './logFiles.js'
import { appendSamples, sampleEvent, tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'

const attest = suite('attestation')
const small = { segmentBytesMax: 800 }

async function thirtyEvents(): Promise<string> {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, small)
  await appendSamples(log, 30)
  log.close()
  return directory
}

async function attested(directory: string): Promise<Attestation> {
  const result = await attestLog(directory)
  if ('damage' in result) throw new Error(result.damage.reason)
  return JSON.parse(JSON.stringify(result.attestation))
}

attest('a log that only grew, was archived or partly dropped still begins with what was attested', async () => {
  const directory = await thirtyEvents()
  const attestation = await attested(directory)
  assert.equal([attestation.sequence, attestation.segments.at(-1)?.last], [30, 30])
  const sound = { ok: true, proven: 30, dropped: [], faults: [] }
  assert.equal(await checkAttestation(directory, attestation), sound)
  const log = await openFileLog(directory, small)
  await appendSamples(log, 10, 31)
  log.close()
  assert.equal(await checkAttestation(directory, attestation), sound)
  await compactLog(directory, tallyFold(), small)
  assert.equal(await checkAttestation(directory, attestation), sound)
  assert.is((await attested(directory)).segments.length > attestation.segments.length, true)
  await compactLog(directory, tallyFold(), { ...small, mode: 'drop', olderThan: sampleEvent(12).ts })
  const { ok, proven, dropped } = await checkAttestation(directory, attestation)
  const droppedRecords = dropped.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  assert.equal([ok, proven + droppedRecords], [true, 30])
  assert.ok(droppedRecords > 0 && proven > 0, `${droppedRecords} ${proven}`)
})

attest('what verify cannot see: a history rewritten with a chain of its own', async () => {
  const directory = await thirtyEvents()
  const attestation = await attested(directory)
  const files = logFiles(directory)
  let previous = GENESIS_SEED
  let sequence = 0
  for (const segment of files.segments()) {
    const lines = files.lines(segment).map((line) => {
      const { ts, type, by, data } = JSON.parse(String(line))
      sequence += 1
      const forged = encodeRecord(
        { ts, type, by: by === 'author-2' ? 'author-0' : by, data, durable: false },
        sequence,
        previous,
      )
      previous = forged.hash
      return Buffer.from(forged.bytes)
    })
    writeLines(segment, lines)
  }
  writeFileSync(files.lock, '')
  assert.ok((await verifyLog(directory, tallyFold())).ok, 'the checksums are right')
  const { ok, proven, faults } = await checkAttestation(directory, attestation)
  assert.equal([ok, proven, faults.length], [false, 0, attestation.segments.length])
})

attest('a shorter log, another byte, a changed attestation', async () => {
  const directory = await thirtyEvents()
  const attestation = await attested(directory)
  const { segments } = attestation
  const changed = { ...attestation, segments: [...segments.slice(1)] }
  assert.match((await checkAttestation(directory, changed)).faults.join(), /links do not give its head/)
  const tail = logFiles(directory).tail()
  const bytes = readFileSync(tail)
  writeFileSync(tail, bytes.subarray(0, bytes.length - 1))
  assert.match(
    (await checkAttestation(directory, attestation)).faults.join(),
    new RegExp(`it had ${bytes.length} when it was attested`),
  )
  writeFileSync(tail, bytes)
  const [, second = ''] = logFiles(directory).segments()
  flip(second, 50)
  const { ok, proven, faults } = await checkAttestation(directory, attestation)
  const [, lost] = segments
  assert.equal([ok, proven, faults.length], [false, 30 - ((lost?.last ?? 0) - (lost?.first ?? 0) + 1), 1])
  assert.ok('damage' in (await attestLog(directory)), 'a damaged log attests to nothing')
})

attest('only an attestation is one', async () => {
  const whole = await attested(await thirtyEvents())
  assert.equal(parseAttestation(JSON.stringify(whole)), whole)
  for (const text of [
    '',
    '{}',
    '[]',
    'null',
    JSON.stringify({ ...whole, v: 2 }),
    JSON.stringify({ ...whole, segments: [{}] }),
  ]) {
    assert.is(parseAttestation(text), undefined, text.slice(0, 60))
  }
})

attest.run()
