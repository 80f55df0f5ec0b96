import { chmodSync, cpSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFileLog } from '../src/fileLog.js'
import { canonicalJson } from '../src/json.js'
import { verifyLog } from '../src/verify.js'
import { readAll, sampleEvent, tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'

/**
 * Logs as earlier programs left them: 18 sample events in small segments, a torn end that was repaired on the way, two
 * snapshots; once as they were written, once archived, once dropped. They are never written anew: a program that
 * cannot read them has broken its promise.
 */
const golden = suite('golden logs')

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures/format1')
const expectedState = readFileSync(join(fixtures, 'state.json'), 'utf8').trim()
const RECORDS = 19

/** A copy with the permissions that a log has, which version control does not keep. */
function copyOf(name: string): string {
  const directory = scratchDirectory()
  cpSync(join(fixtures, name), directory, { recursive: true })
  chmodSync(directory, 0o700)
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600)
  }
  return directory
}

for (const name of ['plain', 'archived', 'dropped']) {
  golden(`format 1, ${name}: verifies, folds to the same state, and can be continued`, async () => {
    const directory = copyOf(name)
    const report = await verifyLog(directory, tallyFold())
    assert.ok(report.ok, JSON.stringify(report))
    assert.is(report.sequence, RECORDS)
    assert.ok(
      report.snapshots.every(({ verdict }) => verdict === 'good' || (verdict === 'outdated' && name === 'dropped')),
    )
    const log = await openFileLog(directory)
    assert.is(canonicalJson((await log.load(tallyFold())).state), expectedState)
    const records = await readAll(log)
    assert.is(records.at(-1)?.seq, RECORDS)
    assert.is(records[0]?.seq === 1, name !== 'dropped')
    assert.equal(await log.append(sampleEvent(19), RECORDS).then(({ kind, sequence }) => [kind, sequence]), [
      'appended',
      RECORDS + 1,
    ])
    log.close()
    assert.ok((await verifyLog(directory, tallyFold())).ok)
  })
}

golden('format 1 without its snapshots and without its note still folds to the same state', async () => {
  const log = await openFileLog(copyOf('plain'))
  assert.is(canonicalJson((await log.load({ ...tallyFold(), version: 'no snapshot has this' })).state), expectedState)
  log.close()
})

golden.run()
