import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMemoryLog } from '@coordlog/log/memoryLog'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { progressOn } from '../src/output/progress.js'
import { exportHistory, streamTo } from '../src/transfer/export.js'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('export and import')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const clock = (text: string) => `2026-01-08T${text}:00.000Z`
const now = { at: clock('13:00') }

async function story({ coord }: Scratch): Promise<void> {
  const task = 'ä 𝄞 "quoted" \\ \u202e __proto__'
  await coord(['instance', 'register', '--instance', 'alice', '--task', task], { at: clock('12:00') })
  await coord(['lock', 'acquire', 'a', '__proto__', '--instance', 'alice'], { at: clock('12:01') })
  await coord(['lock', 'acquire', 'a', '--instance', 'bob'], { at: clock('12:02') })
  await coord(['decisions', 'add', '--category=testing', '--title=T', '--description=D', '--instance', 'bob'], {
    at: clock('12:03'),
  })
}

const segmentsIn = (directory: string) => {
  const folder = join(directory, 'segments')
  return existsSync(folder)
    ? readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .join('')
    : ''
}

test('a round trip gives the same bytes, and so the same fold and the same answers', async (context) => {
  const { coord, folder, repository } = context
  await story(context)
  const file = join(folder, 'history.ndjson')
  assert.is((await coord(['export', '--output', file], now)).code, 0)
  assert.is((await coord(['export', '--output', file], now)).code, 74, 'it is not written over')
  const original = segmentsIn(join(repository, '.git/coordlog'))
  assert.is(readFileSync(file, 'utf8'), original)
  assert.is((await coord(['export'], now)).stdout, original)
  const array = JSON.parse((await coord(['export', '--format', 'json'], now)).stdout)
  assert.equal(
    array,
    original
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
  const directory = join(folder, 'copy')
  const imported = await coord(['import', file, '--dir', directory, '--json'], now)
  assert.equal(JSON.parse(imported.stdout), { ok: true, recorded: 5, known: 0, sequence: 5 })
  assert.is(segmentsIn(directory), original)
  for (const ask of [
    ['status', '--json'],
    ['why', 'a', '--json'],
    ['decisions', 'list', '--json'],
    ['audit', '--json'],
  ]) {
    assert.equal(await coord([...ask, '--dir', directory], now), await coord(ask, now), ask.join(' '))
  }
  const again = JSON.parse((await coord(['import', file, '--dir', directory, '--json'], now)).stdout)
  assert.equal([again.recorded, again.known], [0, 5])
})

test('what is cut off goes on later; another history, a changed or half line are refused with what was recorded', async (context) => {
  const { coord, folder, repository } = context
  await story(context)
  const lines = segmentsIn(join(repository, '.git/coordlog')).trimEnd().split('\n')
  const directory = join(folder, 'copy')
  const attempt = async (text: string) => {
    const file = join(folder, 'part.ndjson')
    writeFileSync(file, text)
    const { code, stdout } = await coord(['import', file, '--dir', directory, '--json'], now)
    return { code, ...JSON.parse(stdout) }
  }
  assert.is((await attempt(`${lines.slice(1).join('\n')}\n`)).code, 2, 'must begin with event 1')
  assert.is((await attempt(`${lines.slice(0, 2).join('\n')}\n`)).recorded, 2)
  const swapped = await attempt(`${[0, 1, 3, 2].map((index) => lines[index]).join('\n')}\n`)
  assert.equal([swapped.code, swapped.sequence], [2, 3])
  const changed = await attempt(`${lines.join('\n').replace('"by":"bob"', '"by":"bib"')}\n`)
  assert.equal([changed.code, /does not have the checksum/.test(changed.message)], [2, true])
  assert.is((await attempt(`${lines.slice(0, 3).join('\n')}\n{"v":1,"se`)).code, 2)
  assert.is(segmentsIn(directory).trimEnd().split('\n').length >= 2, true)
  const rest = await attempt(`${lines.join('\n')}\n`)
  assert.equal([rest.code, rest.sequence, segmentsIn(directory)], [0, 5, `${lines.join('\n')}\n`])
  await coord(['lock', 'release', 'a', '--instance', 'alice', '--dir', directory], now)
  const other = lines.join('\n').replace('12:00:00', '12:00:01')
  assert.is((await attempt(`${other}\n`)).code, 3)
})

test('who waits at a terminal sees how far it is; nobody else does', async () => {
  const shown = async (isTerminal: boolean, json: boolean) => {
    let text = ''
    let ms = 0
    const write = async (more: string) => {
      text += more
    }
    const context = {
      stderr: { isTerminal, columns: 80, write },
      clock: { now: () => clock('12:00'), monotonicMs: () => ms },
    }
    const progress = progressOn({ context, flags: { json } }, 'events')
    for (const [at, done] of [
      [10, 1],
      [150, 25],
      [200, 30],
      [300, 100],
    ] as const) {
      ms = at
      progress.onProgress(done, 100)
    }
    await progress.done()
    return text
  }
  const text = await shown(true, false)
  assert.equal(text.match(/\d+ %, \d+ of 100 events/g), ['25 %, 25 of 100 events', '100 %, 100 of 100 events'])
  assert.ok(text.endsWith('\r\u001b[K'), 'the bar is taken away')
  assert.equal([await shown(false, false), await shown(true, true)], ['', ''])
})

test('a slow reader holds the reading back', async () => {
  const log = createMemoryLog()
  const event = { ts: clock('12:00'), type: 'sample.kind', by: 'me', data: { text: 'x'.repeat(1_000) }, durable: false }
  for (let n = 0; n < 600; n += 1) await log.append(event, 'any')
  let read = 0
  let written = 0
  let most = 0
  const slow = {
    isTerminal: false,
    columns: 80,
    write: async (text: string) => {
      most = Math.max(most, read - written / 1_080)
      await new Promise((resolve) => setTimeout(resolve, 1))
      written += text.length
    },
  }
  await exportHistory(log, 'ndjson', streamTo(slow), new AbortController().signal, () => {
    read += 1
  })
  assert.is(read, 600)
  assert.ok(most < 200, `${most} records were read ahead of the reader`)
})

test.run()
