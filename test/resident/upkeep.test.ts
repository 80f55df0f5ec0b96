// timeout: 300s

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFileLog } from '@coordlog/log/fileLog'
import { loadFlock, realFileSystem } from '@coordlog/log/fileSystem'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openStage, type Stage, until } from './stage.js'

const test = suite<{ stage: Stage }>('upkeep by a resident')
test.before.each(async (context) => {
  context.stage = openStage()
  await oldSegments(context.stage.directory)
})
test.after.each(({ stage }) => stage.remove())

/** Sixty events of long ago, in many small segments. */
async function oldSegments(directory: string): Promise<void> {
  const log = await openFileLog(directory, { segmentBytesMax: 1_000 })
  for (let n = 0; n < 60; n += 1) {
    const ts = `2025-01-08T12:00:${String(n).padStart(2, '0')}.000Z`
    await log.append({ ts, type: 'instance.heartbeat', by: 'old-one', data: {}, durable: false }, n)
  }
  log.close()
}

const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).length : 0)

function journalOf({ directory }: Stage): string {
  const file = join(directory, 'resident.log')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

test('a resident that nobody needs packs what is old, writes it down, and no answer changes', async ({ stage }) => {
  const segments = filesIn(join(stage.directory, 'segments'))
  assert.ok(segments > 5, `${segments} segments`)
  const before = stage.direct(['log', '--json']).stdout
  stage.direct(['config', 'set', 'resident.idle', '4s'])
  await stage.serve()
  await until('it is done', () => journalOf(stage).includes('upkeep ended'), 120_000)
  const journal = journalOf(stage)
  assert.match(journal, new RegExp(`upkeep begins: ${segments - 1} segments, .* are older than 30 days`))
  assert.match(journal, new RegExp(`upkeep ended: exit code 0: Segments packed: ${segments - 1} \\(events 1 to`))
  const { directory } = stage
  assert.equal([filesIn(join(directory, 'segments')), filesIn(join(directory, 'archive'))], [1, segments - 1])
  assert.is(stage.direct(['log', '--json']).stdout, before)
  assert.is(stage.direct(['verify']).code, 0)
})

test('where another process compacts, it lets it be and says so', async ({ stage }) => {
  const segments = filesIn(join(stage.directory, 'segments'))
  await loadFlock()
  const other = realFileSystem.open(join(stage.directory, 'maintenance.lock'), 'update')
  assert.ok(realFileSystem.tryLock(other))
  stage.direct(['config', 'set', 'resident.idle', '4s'])
  await stage.serve()
  await until('it has tried', () => journalOf(stage).includes('upkeep ended'), 120_000)
  realFileSystem.close(other)
  assert.match(journalOf(stage), 'upkeep ended: exit code 75: ')
  assert.match(journalOf(stage), 'another process is taking a snapshot or compacting')
  assert.is(filesIn(join(stage.directory, 'segments')), segments)
})

test('doctor suggests it when it is due, and coord compact takes the settings', ({ stage }) => {
  const { directory } = stage
  const history = () => {
    const { checks } = JSON.parse(stage.direct(['doctor', '--json']).stdout)
    return checks.find(({ name }: { name: string }) => name === 'history')
  }
  const segments = filesIn(join(directory, 'segments'))
  const due = history()
  assert.equal([due.result, due.run], ['warn', 'coord compact'])
  assert.match(due.says, new RegExp(`^${segments - 1} segments, .* are older than 30 days or beyond 256.0 MiB`))
  stage.direct(['config', 'set', 'log.compaction', 'off'])
  assert.is(history(), undefined)
  stage.direct(['config', 'set', 'log.compaction', 'drop'])
  stage.direct(['config', 'set', 'log.keepDays', '36500'])
  assert.equal(history().result, 'ok')
  assert.match(stage.direct(['compact']).stdout, /^Nothing to compact: .* 36500 days or beyond 256.0 MiB/)
  const some = JSON.parse(stage.direct(['compact', '--keep-bytes', '3000', '--archive', '--json']).stdout)
  assert.ok(some.segments.length > 0 && some.segments.length < segments - 1, `${some.segments.length} packed`)
  stage.direct(['config', 'set', 'log.keepDays', '30'])
  const rest = JSON.parse(stage.direct(['compact', '--json']).stdout)
  assert.equal([rest.mode, rest.segments.length], ['drop', segments - 1])
  assert.equal(filesIn(join(directory, 'segments')), 1)
  assert.is(history().result, 'ok')
  assert.is(stage.direct(['compact', '--keep-bytes', 'many']).code, 2)
})

test.run()
