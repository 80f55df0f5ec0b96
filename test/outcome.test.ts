/** What the runner makes of a process that ended: by its words, and by real processes with planted faults. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { outcomeOf, settingsOf } from './outcome.js'
import { runFiles, type TestFile } from './runner.js'

const summary = (total: number, passed: number, skipped = 0): string =>
  `\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1.00ms\n\n`

const outcome = suite('outcome')

outcome('settings are comments in the first five lines', () => {
  assert.equal(settingsOf('import x'), { timeoutMs: 120_000, alone: false })
  assert.equal(settingsOf('/** doc */\n// timeout: 300s\n// alone\n'), { timeoutMs: 300_000, alone: true })
  assert.equal(settingsOf('\n\n\n\n\n// alone\n'), { timeoutMs: 120_000, alone: false })
})

outcome('passed and failed are counted', () => {
  const good = outcomeOf({ code: 0, timedOut: false, output: summary(4, 4) })
  assert.equal([good.passed, good.failed, good.skipped, good.faults.length], [4, 0, 0, 0])
  const bad = outcomeOf({ code: 1, timedOut: false, output: summary(4, 3) })
  assert.equal([bad.passed, bad.failed, bad.skipped, bad.faults.length], [3, 1, 0, 0])
})

outcome('a test that says SKIP and returns is skipped, not passed', () => {
  const output = ` mount  • SKIP full disk: no right to mount\n• ${summary(2, 2)}`
  const { passed, failed, skipped, skipLines } = outcomeOf({ code: 0, timedOut: false, output })
  assert.equal([passed, failed, skipped], [1, 0, 1])
  assert.equal(skipLines, ['SKIP full disk: no right to mount'])
})

outcome('test.skip needs its line', () => {
  const silent = outcomeOf({ code: 0, timedOut: false, output: summary(2, 2, 1) })
  assert.match(silent.faults.join(), /1 skipped, but 0 SKIP lines/)
  const aloud = outcomeOf({ code: 0, timedOut: false, output: `SKIP a: b\n${summary(2, 2, 1)}` })
  assert.equal([aloud.passed, aloud.failed, aloud.skipped, aloud.faults.length], [2, 0, 1, 0])
})

outcome('whatever is odd about the end is a fault', () => {
  const odd = [
    { code: 0, timedOut: false, output: 'nothing' },
    { code: 0, timedOut: false, output: summary(0, 0) },
    { code: 3, timedOut: false, output: summary(1, 1) },
    { code: 0, timedOut: false, output: summary(2, 1) },
    { code: undefined, timedOut: false, output: summary(1, 1) },
    { code: undefined, timedOut: true, output: 'half a' },
  ]
  for (const ended of odd) {
    const { failed, faults } = outcomeOf(ended)
    assert.is(failed, 1, JSON.stringify(ended))
    assert.is(faults.length, 1, JSON.stringify(ended))
  }
})

outcome('of two summaries the last one counts', () => {
  assert.is(outcomeOf({ code: 0, timedOut: false, output: summary(9, 9) + summary(2, 2) }).passed, 2)
})

/** No such process, or a dead one that its new parent has not looked at yet. */
function isGone(pid: number): boolean {
  const status = `/proc/${pid}/stat`
  if (existsSync('/proc/self/stat')) return !existsSync(status) || readFileSync(status, 'utf8').includes(') Z ')
  return spawnSync('kill', ['-0', String(pid)]).status !== 0
}

/** Test programs as they go wrong in practice. */
const programs: Readonly<Record<string, string>> = {
  good: "import { test } from 'UVU'\ntest('a', () => {})\ntest.run()",
  failing: "import { test } from 'UVU'\ntest('a', () => { throw new Error('planted') })\ntest.run()",
  noRun: "import { test } from 'UVU'\ntest('a', () => {})",
  empty: "import { suite } from 'UVU'\nsuite('s').run()",
  exitsEarly: "import { test } from 'UVU'\ntest('a', () => process.exit(0))\ntest.run()",
  hangs: '// timeout: 1s\nsetInterval(() => {}, 1000)',
  leaves: [
    "import { spawn } from 'node:child_process'",
    "import { writeFileSync } from 'node:fs'",
    "import { test } from 'UVU'",
    "test('a', () => {",
    "  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })",
    "  writeFileSync('FOLDER/left.pid', String(child.pid))",
    '  child.unref()',
    '})',
    'test.run()',
  ].join('\n'),
}

outcome('real processes: failing, silent, hanging, early and littering ones', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coordlog-runner-'))
  const uvu = import.meta.resolve('uvu')
  const files: TestFile[] = Object.entries(programs).map(([name, program]) => {
    const compiled = join(folder, `${name}.mjs`)
    const text = program.replace('UVU', uvu).replace('FOLDER', folder)
    writeFileSync(compiled, text)
    return { source: name, compiled, text }
  })
  const lines: string[] = []
  const totals = await runFiles(files, (text) => lines.push(text))
  const line = (name: string): string => lines.find((each) => each.includes(` ${name}: `)) ?? ''
  assert.match(line('good'), /^ok {3}good: 1 passed, 0 failed, 0 skipped/)
  assert.match(line('failing'), /^FAIL failing: 0 passed, 1 failed, 0 skipped.*planted/s)
  assert.match(line('noRun'), /^FAIL noRun: .*no summary of uvu/s)
  assert.match(line('empty'), /^FAIL empty: .*registers no test/s)
  assert.match(line('exitsEarly'), /^FAIL exitsEarly: .*no summary of uvu/s)
  assert.match(line('hangs'), /^FAIL hangs: .*timed out/s)
  assert.match(line('leaves'), /^ok {3}leaves: 1 passed/)
  assert.equal(totals, { passed: 2, failed: 5, skipped: 0 })
  const left = Number(readFileSync(join(folder, 'left.pid'), 'utf8'))
  for (let polls = 0; !isGone(left) && polls < 200; polls += 1) await delay(50)
  assert.ok(isGone(left), `process ${left} outlived its test`)
  rmSync(folder, { recursive: true })
})

outcome.run()
