import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

/** A file that was changed behind its lock, in every place where somebody may look. */
const test = suite<Scratch>('changes behind a lock, as the commands show them')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

function hook({ run, repository }: Scratch, session: string, event: string, call: object): void {
  const payload = {
    session_id: session,
    cwd: repository,
    transcript_path: '/t',
    hook_event_name: event,
    tool_use_id: 'c',
    ...call,
  }
  const ended = run(['hook', 'claude-code'], { input: JSON.stringify(payload) })
  assert.equal([ended.code, ended.stderr], [0, ''])
}

/** Alice holds src/app.ts; a program that bob runs changes it. Gives back their ids. */
function story(context: Scratch): { alice: string; bob: string } {
  const file = join(context.repository, 'src/app.ts')
  const edit = { tool_name: 'Edit', tool_input: { file_path: file } }
  hook(context, 'alice', 'PreToolUse', edit)
  writeFileSync(file, 'export const old = 2\n')
  hook(context, 'alice', 'PostToolUse', { ...edit, tool_response: {} })
  const shell = { tool_name: 'Bash', tool_input: { command: './format.sh' } }
  hook(context, 'bob', 'PreToolUse', shell)
  writeFileSync(file, 'export const old = 3\n')
  hook(context, 'bob', 'PostToolUse', { ...shell, tool_response: {} })
  const lines = context.run(['log', '--type', 'bypass.detected', '--json']).stdout.trim().split('\n')
  assert.is(lines.length, 1)
  const { by, data } = JSON.parse(lines[0] ?? '{}')
  assert.is(by, data.suspect)
  return { alice: data.changes[0].holder, bob: by }
}

test('status, log, why and audit name the file, its holder and who did it', (context) => {
  const { alice, bob } = story(context)
  const { run } = context
  assert.match(
    run(['status']).stdout,
    new RegExp(`Changed Behind a Lock: 1\n {2}- src/app\\.ts of ${alice}, by ${bob}, noticed .* \\(event 5\\)`),
  )
  const [shown] = JSON.parse(run(['status', '--json']).stdout).bypasses
  assert.equal(
    [shown.path, shown.holder, shown.suspect, shown.tool, shown.told, shown.sequence],
    ['src/app.ts', alice, bob, 'Bash', false, 5],
  )
  assert.match(
    run(['log']).stdout,
    new RegExp(`bypass\\.detected +${bob}  src/app\\.ts, tool "Bash", changed by ${bob}`),
  )
  assert.match(run(['log', '--path', 'src/app.ts']).stdout, /bypass\.detected/)
  assert.match(run(['log', '--instance', alice]).stdout, /bypass\.detected/)
  assert.match(
    run(['why', 'src/app.ts']).stdout,
    new RegExp(`Changed behind this lock by ${bob} through "Bash", noticed .*\\[event 5\\]`),
  )
  const audit = JSON.parse(run(['audit', '--json']).stdout)
  const { totals, bypasses } = audit.report ?? audit
  assert.is(totals.bypasses, 1)
  assert.equal(
    [bypasses[0].by, bypasses[0].holder, bypasses[0].path, bypasses[0].sequence],
    [bob, alice, 'src/app.ts', 5],
  )
  assert.match(
    run(['audit']).stdout,
    new RegExp(`Edits without a lease[\\s\\S]*5 .*${bob} +src/app\\.ts +Bash +${alice}`),
  )
})

test('when the lock has ended, status is silent and the history still tells', (context) => {
  const { alice, bob } = story(context)
  hook(context, 'alice', 'Stop', { stop_hook_active: false })
  assert.not.match(context.run(['status']).stdout, 'Changed Behind a Lock')
  assert.match(context.run(['why', 'src/app.ts']).stdout, new RegExp(`Changed behind this lock by ${bob}`))
  assert.match(context.run(['audit']).stdout, alice)
})

test('locked by hand, edited by hand: that is what a person locks a file for', (context) => {
  const { run, repository } = context
  run(['lock', 'acquire', 'src/app.ts', '--instance', 'dave'])
  writeFileSync(join(repository, 'src/app.ts'), 'by dave\n')
  const shell = { tool_name: 'Bash', tool_input: { command: './format.sh' } }
  hook(context, 'bob', 'PreToolUse', shell)
  hook(context, 'bob', 'PostToolUse', { ...shell, tool_response: {} })
  assert.is(run(['log', '--type', 'bypass.detected']).stdout, '')
  assert.is(run(['lock', 'check', '--changed', '--instance', 'dave', 'src/app.ts']).code, 1)
})

test('a resource is named in a command as it is; a file of that name with ./', (context) => {
  const { run } = context
  assert.match(run(['lock', 'acquire', '@deps', '--instance', 'dave']).stdout, '@deps')
  const { code, stderr } = run(['lock', 'acquire', '@deps', '--instance', 'erin'])
  assert.is(code, 3)
  assert.match(stderr, /^Resource @deps \(the installed dependencies of the main checkout\) is locked by instance dave/)
  assert.is(run(['lock', 'acquire', './@deps', '--instance', 'erin']).code, 0)
  const { locks } = JSON.parse(run(['status', '--json']).stdout)
  assert.equal(
    locks.map((lock: { path: string; holder: string }) => [lock.path, lock.holder]),
    [
      ['./@deps', 'erin'],
      ['@deps', 'dave'],
    ],
  )
})

test.run()
