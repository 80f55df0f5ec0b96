// timeout: 400s
// alone
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Installed, installClient, type Run, runSession } from './realClient/client.js'
import type { Seen, ToolCall } from './realClient/scriptedModel.js'
import { skip } from './skip.js'

/** The real Claude Code, several sessions at once, on a repository that `coord init` set up. */

const coord = resolve(import.meta.dirname, '..', '..', 'bin', 'coord')

interface Context {
  installed: Installed
  root: string
  top: string
  linked: string
}

const test = suite<Context>('the real client')

function git(cwd: string, ...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], { cwd, stdio: 'pipe' })
}

/** A repository with coordlog in it, committed, so that a linked worktree has the hooks too. */
test.before.each((context) => {
  context.installed = installClient()
  context.root = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog real client ')))
  context.top = join(context.root, 'app')
  context.linked = join(context.root, 'app-two')
  git(context.root, 'init', '-q', '-b', 'main', context.top)
  writeFileSync(join(context.top, 'README.md'), 'scratch\n')
  const initialised = spawnSync(coord, ['init', context.top], { encoding: 'utf8' })
  assert.is(initialised.status, 0, initialised.stderr)
  git(context.top, 'add', '-A')
  git(context.top, 'commit', '-q', '-m', 'first')
  git(context.top, 'worktree', 'add', '-q', '-b', 'two', context.linked)
})
test.after.each(async ({ root, top }) => {
  // The sessions' hooks brought up a resident, which still writes here until it has heard that it is to stop.
  for (let attempt = 1; ; attempt++) {
    spawnSync(coord, ['resident', 'stop'], { cwd: top })
    try {
      return rmSync(root, { recursive: true, force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY') || attempt === 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
})

function query(cwd: string, ...args: string[]): unknown {
  const ended = spawnSync(coord, args, { cwd, encoding: 'utf8' })
  assert.is(ended.status, 0, `${args.join(' ')}: ${ended.stderr}`)
  return JSON.parse(ended.stdout)
}

interface Status {
  instances: { id: string }[]
  locks: { path: string; holder: string }[]
}

interface Event {
  seq: number
  type: string
  by: string
  data: { paths?: string[]; released?: unknown[] }
}

function history(cwd: string): Event[] {
  const ended = spawnSync(coord, ['log', '--json'], { cwd, encoding: 'utf8' })
  return ended.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event)
}

/** A promise that something else settles: how the sessions of a test wait for each other. */
function gate(): { open: () => void; opened: Promise<void> } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

const write = (path: string, content: string): ToolCall[] => [{ name: 'Write', input: { file_path: path, content } }]
const edit = (path: string, old: string, fresh: string): ToolCall[] => [
  { name: 'Edit', input: { file_path: path, old_string: old, new_string: fresh } },
]

function assertWell(run: Run): void {
  assert.is(run.code, 0, `${run.stdout}\n${run.stderr}`)
}

test('one writes, the others are refused and told by whom; after its turn the next try succeeds', async (context) => {
  if ('missing' in context.installed) return skip('the real client', context.installed.missing)
  const { client } = context.installed
  const { top, linked } = context
  const shared = join(top, 'shared.txt')
  const held = gate()
  const refused = [gate(), gate()] as const
  const firstOver = gate()
  const secondOver = gate()

  const first = runSession({
    client,
    cwd: top,
    steps: [
      () => write(shared, 'first\n'),
      async () => {
        held.open()
        await Promise.all(refused.map((one) => one.opened))
        return 'done'
      },
    ],
  }).finally(firstOver.open)

  const told: string[] = []
  const other = (cwd: string, path: string, mark: { open: () => void }, mayTry: Promise<void>) =>
    runSession({
      client,
      cwd,
      steps: [
        async () => {
          await held.opened
          return write(path, 'other\n')
        },
        async ({ last }: Seen) => {
          told.push(last)
          mark.open()
          await mayTry
          return cwd === top ? [{ name: 'Read', input: { file_path: path } }] : write(path, `other in ${cwd}\n`)
        },
        ...(cwd === top ? [() => edit(path, 'first', 'second')] : []),
      ],
    })
  const second = other(top, shared, refused[0], firstOver.opened).finally(secondOver.open)
  const third = other(linked, join(linked, 'shared.txt'), refused[1], secondOver.opened)

  const runs = await Promise.all([first, second, third])
  for (const run of runs) assertWell(run)

  assert.is(told.length, 2)
  for (const text of told) {
    assert.match(text, /File shared\.txt is locked by instance claude-\d{8}-\d{6}-[0-9a-f]{8}/)
    assert.match(text, /coord /)
  }
  const events = history(top)
  const denied = events.filter((event) => event.type === 'lock.denied')
  assert.is(denied.length, 2)
  const granted = events.filter((event) => event.type === 'lock.acquired')
  assert.is(new Set(granted.map((event) => event.by)).size, 3, 'each got it in the end')
  assert.is(new Set([...granted, ...denied].map((event) => event.by)).size, 3, 'three sessions, three identities')
  assert.match(readFileSync(shared, 'utf8'), /second/)
  assert.match(readFileSync(join(linked, 'shared.txt'), 'utf8'), /other/)
  const status = query(top, 'status', '--json') as Status
  assert.equal(status.locks, [])
  assert.equal(status.instances, [])
})

test('a decision made in one session is seen by a later one in another worktree, at its start', async (context) => {
  if ('missing' in context.installed) return skip('the real client', context.installed.missing)
  const { client } = context.installed
  const { top, linked } = context
  const command = `.claude/coordination/bin/coord-decisions add --category=api-design --title="Use JWT with 15min expiry" --description="refresh tokens live 7 days" --json; echo "I am $COORD_INSTANCE_ID"`
  const deciding = await runSession({
    client,
    cwd: top,
    args: ['--allowedTools', 'Bash'],
    steps: [() => [{ name: 'Bash', input: { command, description: 'decide' } }]],
  })
  assertWell(deciding)
  const decided = history(top).find((event) => event.type === 'decision.recorded')
  assert.ok(decided, deciding.model.requests.at(-1))
  assert.match(decided.by, /^claude-/, 'the session itself decided, not a terminal')
  assert.match(deciding.model.requests.at(-1) ?? '', new RegExp(`I am ${decided.by}`))

  const reading = await runSession({ client, cwd: linked, steps: [] })
  assertWell(reading)
  assert.match(reading.model.requests[0] ?? '', /DEC-\d{8}-0001/)
  assert.match(reading.model.requests[0] ?? '', /Use JWT with 15min expiry/)
})

test('calls that fail, or never come to a Post event, leave nothing held', async (context) => {
  if ('missing' in context.installed) return skip('the real client', context.installed.missing)
  const { client } = context.installed
  const { top } = context
  const shown: Status[] = []
  const look = (answer: ToolCall[] | string) => () => {
    shown.push(query(top, 'status', '--json') as Status)
    return answer
  }
  const run = await runSession({
    client,
    cwd: top,
    steps: [
      () => edit(join(top, 'README.md'), 'not there', 'x'),
      look(write(join(top, 'no', 'dir\0', 'x.txt'), 'x')),
      look([{ name: 'NotebookEdit', input: { notebook_path: join(top, 'n.ipynb'), cell_id: 'c', new_source: '1' } }]),
      look('done'),
    ],
  })
  assertWell(run)
  assert.is(shown.length, 3)
  for (const status of shown) assert.equal(status.locks, [])
})

test('a subagent holds its own leases, and they end with it', async (context) => {
  if ('missing' in context.installed) return skip('the real client', context.installed.missing)
  const { client } = context.installed
  const { top } = context
  const during: Status[] = []
  const run = await runSession({
    client,
    cwd: top,
    steps: [
      () => [
        { name: 'Agent', input: { description: 'edit', prompt: 'Write sub.txt', subagent_type: 'general-purpose' } },
      ],
      () => write(join(top, 'sub.txt'), 'by the subagent\n'),
      () => {
        during.push(query(top, 'status', '--json') as Status)
        return 'subagent done'
      },
      () => {
        during.push(query(top, 'status', '--json') as Status)
        return 'done'
      },
    ],
  })
  assertWell(run)
  assert.is(during[0]?.instances.length, 2)
  assert.is(during[0]?.locks.length, 1)
  assert.is(during[1]?.instances.length, 1)
  assert.equal(during[1]?.locks, [])
  assert.is.not(during[0]?.locks[0]?.holder, during[1]?.instances[0]?.id)
})

test.run()
