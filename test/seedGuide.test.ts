// timeout: 400s

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Block, blocksOf, featureIn, guideText, scriptOf } from './seedGuide/blocks.js'
import { createStage, eventually, hasProgram, removeWorktree, type Session, type Stage } from './seedGuide/stage.js'
import { addStandIns } from './seedGuide/standIns.js'
import { withWebhook } from './seedGuide/webhook.js'
import { assertSeenFrom } from './seedGuide/worktreeFiles.js'
import { skip } from './skip.js'

/**
 * The guide that people were given, from top to bottom: each of its fenced blocks is run as it stands, in a repository that
 * `coord init` set up, and what it promises is looked at afterwards. A test for each block, under the block's number.
 */

const walk = suite('the guide')
const blocks = blocksOf(guideText())
const bin = '.claude/coordination/bin'

let stage: Stage
let backend: Session
let frontend: Session

const asWritten = (block: Block, more: Record<string, string> = {}) => scriptOf(block, stage, more)

const walked = new Set<number>()

function block(number: number, name: string, look: (block: Block) => Promise<void> | void): void {
  walked.add(number)
  walk(`${number}: ${name}`, async () => {
    if (!hasProgram('jq')) return skip(`block ${number}`, 'jq is not installed, and the guide uses it')
    const found = blocks[number - 1]
    assert.ok(found, `the guide has no block ${number}`)
    if (found !== undefined) await look(found)
  })
}

walk.before(() => {
  stage = createStage()
  stage.git(stage.top, 'branch', 'feature/frontend')
  stage.git(stage.top, 'branch', 'feature/frontend-updates')
  stage.git(stage.top, 'branch', 'feature/test-improvements')
  addStandIns(stage)
})
walk.after(() => stage?.remove())

walk('the guide has 28 fenced blocks, and each is walked', () => {
  assert.is(blocks.length, 28)
  assert.equal(
    [...walked].sort((a, b) => a - b),
    blocks.map(({ number }) => number),
  )
})

block(1, 'verify the installation', (text) => {
  const { code, stdout } = stage.bash(asWritten(text))
  assert.is(code, 0)
  for (const name of [
    'bin',
    'lib',
    'config.json',
    'README.md',
    'work-registry.json',
    'decision-log.json',
    'locks',
    'heartbeats',
  ]) {
    assert.match(stdout, new RegExp(` ${name}\n`), 'ls shows it')
  }
  assert.match(stdout, /\nActive Instances: 0\n$/)
})

block(2, 'a second developer in a worktree of the same repository', (text) => {
  stage.said(asWritten(text))
  const side = join(stage.root, 'repo-frontend')
  backend = stage.session('main-developer', { role: 'backend-system-architect' })
  frontend = stage.session('second-developer', { role: 'frontend-ui-developer', cwd: side })
  const status = stage.said(`${bin}/coord-status`, { cwd: side })
  for (const { id } of [backend, frontend]) assert.match(status, `Instance: ${id}\n`)
  backend.write('src/shared.ts', 'export {}\n')
  const refusal = frontend.mayWrite('src/shared.ts').reason
  assert.match(refusal, `File src/shared.ts is locked by instance ${backend.id}`)
  backend.stop()
  assert.is(frontend.mayWrite('src/shared.ts').reason, '', 'free when the turn has ended')
  frontend.end()
})

block(3, 'terminal 1: the backend', (text) => {
  stage.said(asWritten(text))
  backend.prompt("I'm working on user authentication API")
  backend.write('backend/auth.py', '')
  const [row] = stage.json(`${bin}/coord-status --json`).instances
  assert.equal(
    [row.role, row.task, row.filesLocked],
    ['backend-system-architect', "I'm working on user authentication API", ['backend/auth.py']],
  )
})

block(4, 'terminal 2: the frontend, in the same folder', (text) => {
  stage.said(asWritten(text))
  frontend = stage.session('frontend-two', { role: 'frontend-ui-developer' })
  frontend.prompt("I'm working on login component")
  frontend.write('frontend/login.tsx', '')
  const { instances, locks } = stage.json(`${bin}/coord-status --json`)
  assert.equal(
    instances.map((row: { id: string; task: string }) => [row.id, row.task]),
    [
      [backend.id, "I'm working on user authentication API"],
      [frontend.id, "I'm working on login component"],
    ],
    'two sessions in one folder are two instances',
  )
  assert.is(locks.length, 2)
  backend.stop()
  frontend.stop()
})

function works(session: Session, { text }: Block): void {
  const { task, files } = featureIn(text)
  session.prompt(task)
  for (const file of files) session.write(file, '')
  const found = stage.json(`${bin}/coord-status --json`).instances.find((row: { id: string }) => row.id === session.id)
  assert.equal([found.task, found.filesLocked], [task, files.toSorted()])
}

block(5, 'instance 1 implements payments', (text) => works(backend, text))

block(6, 'instance 2 adds notifications: no overlap, no conflict', (text) => {
  works(frontend, text)
  assert.equal(stage.said(`${bin}/coord log --type lock.denied`).split('\n').length - 1, 1, 'only that of block 2')
  backend.stop()
  frontend.end()
})

block(7, 'check before starting work', (text) => {
  assert.match(stage.said(asWritten(text)), /^Active Instances: 1\n/)
})

block(8, 'the status looks as it is shown', ({ text }) => {
  backend.prompt('Implement user authentication API')
  for (const [, file = ''] of text.matchAll(/^ {4}- (.*)$/gm)) backend.write(file, '')
  const expected = text.replace(/claude-\d{8}-\d{6}-[0-9a-f]{8}/, backend.id)
  const shown = stage.said(`${bin}/coord-status`)
  // The same lines; the files stand in alphabetical order.
  assert.equal(shown.trimEnd().split('\n').sort(), expected.split('\n').sort())
  assert.equal(shown.split('\n').slice(0, 7), expected.split('\n').slice(0, 7))
  assert.match(backend.id, /^claude-\d{8}-\d{6}-[0-9a-f]{8}$/)
})

block(9, 'monitor during work', (text) => {
  frontend = stage.session('frontend-three', { role: 'frontend-ui-developer' })
  const { stdout } = stage.bash(asWritten(text))
  assert.match(stdout, /^Active Instances: 2\n/)
  assert.match(stdout, /\nMultiple instances detected!\n$/)
  frontend.end()
  assert.not.match(stage.bash(asWritten(text)).stdout, /detected/)
})

block(10, 'the warning of a conflict', ({ text }) => {
  const [first = '', second = ''] = text.split('\n')
  const sentence = (line: string) => line.replace(/claude-\d{8}-\d{6}-[0-9a-f]{8}/, backend.id)
  backend.write('backend/app/api/routes.py', '')
  frontend = stage.session('frontend-four', { role: 'frontend-ui-developer' })
  stage.said(`${bin}/coord config set enforce warn`)
  const { reason, context } = frontend.mayWrite('backend/app/api/routes.py')
  assert.is(reason, '', 'warned, not refused')
  assert.match(context, sentence(first))
  assert.match(context, second)
  stage.said(`${bin}/coord config set enforce deny`)
  const refusal = frontend.mayWrite('backend/app/api/routes.py').reason
  assert.match(refusal, sentence(first).replace('WARNING: ', ''))
  // The options that the guide names. Work on another file:
  frontend.write('frontend/other.tsx', '')
  // Wait: it comes as soon as the other's turn has ended.
  backend.stop()
  frontend.write('backend/app/api/routes.py', '')
  frontend.stop()
})

block(11, 'check the status of the other instance', (text) => {
  backend.write('backend/late.py', '')
  const shown = stage.said(asWritten(text))
  for (const label of ['Last Seen', 'Process', 'Worktree', 'Branch', 'Status']) assert.match(shown, `  ${label}: `)
  assert.match(shown, /- backend\/late\.py \(token \d+, expires in [45]m/)
})

block(12, 'an instance has crashed: clean up', async (text) => {
  const { id } = frontend
  frontend.write('frontend/half.tsx', '')
  await frontend.crash()
  assert.match(stage.said(`${bin}/coord-status`), `Status: crashed (its process is gone; coord lock cleanup ends it)`)
  const { code, stdout, stderr } = stage.bash(asWritten(text))
  assert.is(code, 0)
  assert.match(stderr, `Cleaning up crashed instance: ${id} (last seen `)
  assert.match(stdout, /Instances ended: 1\nLocks freed: 1 \(0 expired\)\n {2}- frontend\/half\.tsx/)
})

block(13, 'log a decision', (text) => {
  const id = stage.said(asWritten(text), { env: { CLAUDE_INSTANCE_ID: backend.id } }).trim()
  assert.match(id, /^DEC-\d{8}-0001$/)
  const [decision] = stage.json(`${bin}/coord-decisions list --json`).decisions
  assert.equal(
    [decision.id, decision.by, decision.scope, decision.description],
    [id, backend.id, 'service', 'JWT tokens expire after 15 minutes, refresh tokens valid for 7 days'],
  )
})

block(14, 'query decisions; the answer is as it is shown', (text) => {
  const shown = stage.said(asWritten(text), { cwd: join(stage.root, 'repo-frontend') })
  const expected = [...text.text.matchAll(/^# ?(\[DEC.*| {2}.*)$/gm)].map(([, line = '']) => line)
  assert.is(expected.length, 4)
  const ofToday = (line: string) =>
    line.replace(/DEC-\d{8}-\d{4}/, 'DEC').replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, 'TIME')
  assert.equal(shown.trimEnd().split('\n').map(ofToday), expected.map(ofToday))
})

block(15, 'several worktrees: what is own and what is shared', async (text) => {
  await removeWorktree(stage, 'repo-frontend')
  stage.said(asWritten(text))
  const side = join(stage.root, 'repo-frontend')
  const third = join(stage.root, 'repo-test')
  const one = stage.session('frontend-five', { role: 'frontend-ui-developer', cwd: side })
  const two = stage.session('tester', { role: 'test-generator', cwd: third })
  one.write('frontend/page.tsx', '')
  for (const worktree of [stage.top, side, third]) {
    await assertSeenFrom(worktree, [
      [backend.id, stage.top],
      [one.id, side],
      [two.id, third],
    ])
  }
  assert.match(two.mayWrite('frontend/page.tsx').reason, 'File frontend/page.tsx is locked by instance')
  one.end()
  two.end()
})

block(16, 'a script of one’s own', (text) => {
  const script = join(stage.root, 'migrate.sh')
  writeFileSync(script, asWritten(text))
  const stdout = stage.said(`bash '${script}'`)
  assert.match(stdout, /^Lock acquired, running migration\.\.\.\nDEC-\d{8}-0002\n$/)
  const during = readFileSync(join(stage.root, 'home/alembic'), 'utf8')
  assert.match(during, /^alembic upgrade head\n/)
  assert.match(during, /db-admin .* backend\/alembic\/versions\/001_initial\.py/, 'the lock was held meanwhile')
  const decision = stage.json(`${bin}/coord-decisions list --category=database-schema --json`).decisions[0]
  assert.equal([decision.title, decision.scope, decision.role], ['Added users table', 'system', 'db-admin'])
  const { instances, locks } = stage.json(`${bin}/coord-status --json`)
  assert.equal([instances.length, locks.map((lock: { path: string }) => lock.path)], [1, ['backend/late.py']])
  // And when somebody else is at it:
  backend.write('backend/alembic/versions/001_initial.py', '')
  const refused = stage.bash(`bash '${script}'`)
  assert.is(refused.code, 1)
  assert.match(refused.stdout, 'Could not acquire lock, another instance is working on migrations')
  assert.match(refused.stderr, `is locked by instance ${backend.id}`)
})

block(17, 'a subagent in a hook of one’s own', (text) => {
  const after =
    'echo "id:$INSTANCE_ID"; coord_acquire_lock docs/a.md; coord_heartbeat; coord_query_decisions "" 1; coord_get_work'
  const lines = stage
    .said(`${asWritten(text)}\n${after}`, { env: { CLAUDE_SUBAGENT_ROLE: 'reviewer' } })
    .trim()
    .split('\n')
  const [id, same, newest = '', work = ''] = lines
  assert.is(same, `id:${id}`)
  assert.is(JSON.parse(newest)[0].title, 'Added users table')
  const { current_task: task, files_locked: files } = JSON.parse(work)
  assert.equal([task.description, task.agent_role, files], ['Subagent task', 'reviewer', ['docs/a.md']])
  stage.said(`${bin}/coord-lock cleanup`)
})

block(18, 'a dashboard', (text) => {
  assert.match(stage.said(asWritten(text)), /^Active Instances: 1\n[\s\S]*Sequence: \d+\n$/)
})

block(19, 'the log of the hooks', (text) => {
  const lines = stage.said(asWritten(text)).trim().split('\n')
  const conflicts = lines.filter((line) => line.includes('locked by'))
  assert.ok(lines.every((line) => / coordination: /.test(line)))
  assert.ok(conflicts.length >= 4, 'both commands show them')
  assert.match(conflicts[0] ?? '', `File backend/app/api/routes.py is locked by instance ${backend.id}`)
})

block(20, 'figures with jq', async (text) => {
  const locks = stage.json(`${bin}/coord-lock list --json`).locks.length
  const expected = [2, { 'api-design': 1, 'database-schema': 1 }, locks]
  const areThere = () => {
    const { decisions } = JSON.parse(stage.read('.claude/coordination/decision-log.json'))
    return decisions.length === 2 && readdirSync(join(stage.top, '.claude/coordination/locks')).length === locks
  }
  await eventually(() => areThere() || undefined, 'the lock files and both decisions')
  const shown = stage.said(asWritten(text)).trim()
  const [total, byCategory, files] = [/^\d+/, /\{[\s\S]*\}/, /\d+$/].map((part) =>
    JSON.parse(part.exec(shown)?.[0] ?? ''),
  )
  assert.equal([total, byCategory, files], expected)
  assert.ok(locks > 0)
})

block(21, 'locks that are not released; one is ended by removing its file', async (text) => {
  const wanted = stage
    .json(`${bin}/coord-lock list --json`)
    .locks.find((lock: { path: string }) => lock.path === 'backend/late.py')
  const stdout = stage.said(asWritten(text, { '<lock-id>': wanted.id }))
  assert.match(stdout, wanted.id)
  const after = stage.session('frontend-six', { role: 'frontend-ui-developer' })
  assert.is(after.mayWrite('backend/late.py').reason, '')
  const events = stage.json(`${bin}/coord log --type lock.released --json | jq -s .`)
  const released = events.find(({ data }: { data: { cause: string } }) => data.cause === 'forced')
  assert.equal(
    [released.by, released.data.reason, released.data.released[0].path],
    ['terminal', 'lock file removed', 'backend/late.py'],
  )
  assert.ok(stage.json(`${bin}/coord-lock list --json`).locks.length > 1, 'the others stay')
  after.end()
})

block(22, 'are the hooks there?', (text) => {
  const shown = stage.said(asWritten(text))
  assert.match(shown, /coordination-init\.sh/)
  assert.match(shown, /\nCoordination is on\. Registered instance \S+\n|\nCoordination is on\. The last session/)
})

block(23, 'a long decision log: archived and cut, and nothing is lost', async (text) => {
  const script = `source .claude/coordination/lib/coordination.sh
for n in {1..103}; do coord_log_decision testing "Decision number $n" "of many" local >/dev/null; done`
  stage.said(script, { timeoutMs: 200_000 })
  const count = (name: string) => JSON.parse(stage.read(`.claude/coordination/${name}`)).decisions.length
  await eventually(() => (count('decision-log.json') === 105 ? true : undefined), '105 decisions in the file')
  stage.said(asWritten(text))
  const names = () => readdirSync(join(stage.top, '.claude/coordination'))
  const archive = names().find((name) => /^decision-log-archive-\d{8}\.json$/.test(name)) ?? ''
  assert.equal([count(archive), count('decision-log.json')], [105, 100])
  const { stderr } = stage.bash(`${bin}/coord-decisions list`)
  const edited = names().find((name) => /^decision-log\.edited-.*\.json$/.test(name)) ?? ''
  assert.match(
    stderr,
    /^Note: \S+decision-log\.json was edited by hand\. It is a copy: the decisions are in the log, all of them/,
  )
  assert.equal([count(edited), count('decision-log.json')], [100, 105])
  stage.said(`${bin}/coord config set compat.decisions 100`)
  assert.is(count('decision-log.json'), 100)
  assert.is(stage.json(`${bin}/coord-decisions list --json`).decisions.length, 105)
  stage.said(`${bin}/coord config set compat.decisions all`)
})

block(24, 'the instance of this session', (text) => {
  const before = stage.said(asWritten(text))
  const [id] = /claude-\S+|manual-\S+/.exec(before) ?? []
  assert.match(before, new RegExp(`^(?:CLAUDE|COORD)_INSTANCE_ID=${id}\n`))
  rmSync(join(stage.top, '.claude/.instance_env'))
  const { stdout } = stage.bash(asWritten(text))
  assert.match(stdout, /^Coordination is on\. Registered instance (\S+)\n/)
  assert.match(stage.said(asWritten(text)), /^(?:CLAUDE|COORD)_INSTANCE_ID=manual-\S+\n/)
})

block(25, 'extension: a message when an instance starts', async (text) => {
  const { code, bodies } = await withWebhook(stage, (url) => {
    const script = asWritten(text, { $SLACK_WEBHOOK: url })
    return `INSTANCE_ID=${backend.id}\n${script}`
  })
  assert.is(code, 0)
  assert.equal(JSON.parse(bodies[0] ?? ''), { text: `New Claude instance started: ${backend.id}` })
})

block(26, 'extension: decisions in git', (text) => {
  // The file is kept out of git unless somebody wants it there; docs/guide.md says so.
  writeFileSync(
    join(stage.top, '.claude/coordination/.gitignore'),
    `${stage.read('.claude/coordination/.gitignore')}!/decision-log.json\n`,
  )
  stage.said(asWritten(text))
  const shown = stage.git(stage.top, 'show', '--name-only', '--format=%s', 'HEAD')
  assert.match(shown, /^Decision: .*\n\n\.claude\/coordination\/decision-log\.json\n$/)
})

block(27, 'extension: figures for Prometheus', (text) => {
  stage.said(`source .claude/coordination/lib/coordination.sh\n${asWritten(text)}`)
  const count = stage.json(`${bin}/coord-status --json`).instances.length
  assert.is(readFileSync(join(stage.root, 'tmp/metrics.prom'), 'utf8'), `claude_active_instances ${count}\n`)
})

block(28, 'extension: priority of locks', (text) => assert.is(stage.bash(asWritten(text)).code, 0))

walk('uninstall takes all of it out again, the history excepted', async () => {
  await removeWorktree(stage, 'repo-frontend')
  await removeWorktree(stage, 'repo-test')
  stage.said(`${bin}/coord uninstall`)
  const left = readdirSync(join(stage.top, '.claude'), { recursive: true, encoding: 'utf8' })
  const ownHands = /edited|archive|coordination$|\.gitignore$|config\.json$|^logs|hooks\.log/
  assert.equal(
    left.filter((name) => !ownHands.test(name)),
    [],
  )
})

walk.run()
