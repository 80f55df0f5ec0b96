import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as aTurn } from 'node:timers/promises'
import type { NewEvent } from '@coordlog/log/contract'
import { openFileLog } from '@coordlog/log/fileLog'
import { systemClock } from '@coordlog/runtime/clock'
import { fold } from '@coordlog/runtime/coordination'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createWarmLog, type WarmLog } from '../src/warmLog.js'

/** One look at the log serves what follows from it at once, and nothing else. */

interface Context {
  directory: string
  warm: WarmLog
}

const warmLog = suite<Context>('the warm log')
const here = new AbortController().signal

warmLog.before.each((context) => {
  context.directory = join(mkdtempSync(join(tmpdir(), 'coordlog-warm-')), 'log')
  context.warm = createWarmLog(context.directory, systemClock)
})
warmLog.after.each(({ warm, directory }) => {
  warm.close()
  rmSync(join(directory, '..'), { recursive: true, force: true })
})

/** A session registers. */
const data = {
  instance: 'someone',
  session: 'a session',
  host: 'h',
  role: 'r',
  task: '',
  worktree: '/w',
  cwd: '/w',
  manual: true,
}
const event: NewEvent = {
  type: 'instance.registered',
  ts: '2026-01-08T12:45:32.000Z',
  by: 'someone',
  data,
  durable: false,
}

warmLog('what another process records is seen in the next turn of the loop', async ({ directory, warm }) => {
  const view = await warm.accessFor(here).openLog(directory)
  const other = await openFileLog(directory)
  assert.is((await view.load(fold)).sequence, 0)
  for (let recorded = 1; recorded <= 5; recorded += 1) {
    await other.append(event, 'any')
    await aTurn()
    assert.is((await view.load(fold)).sequence, recorded)
    assert.is((await view.load(fold)).sequence, recorded)
  }
  other.close()
})

warmLog(
  'what this process records is seen at once, and so is that somebody was faster',
  async ({ directory, warm }) => {
    const view = await warm.accessFor(here).openLog(directory)
    const other = await openFileLog(directory)
    assert.is((await view.load(fold)).sequence, 0)
    assert.is((await view.append(event, 0)).kind, 'appended')
    assert.is((await view.load(fold)).sequence, 1)
    await other.append(event, 'any')
    assert.is((await view.append(event, 1)).kind, 'conflict')
    assert.is((await view.load(fold)).sequence, 2)
    other.close()
  },
)

warmLog.run()
