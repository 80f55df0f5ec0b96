import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

interface Stage extends Scratch {
  env: Record<string, string>
  git(...args: string[]): string
  decide(title: string, ...more: string[]): Promise<string>
  page(name: string): string
}

const test = suite<Stage>('decisions as pages')
test.before.each((context) => {
  const made = scratch()
  const identity = ['AUTHOR', 'COMMITTER'].flatMap((who) => [
    [`GIT_${who}_NAME`, 'T'],
    [`GIT_${who}_EMAIL`, 't@example.org'],
  ])
  const env = Object.fromEntries(identity)
  const git = (...args: string[]) => {
    const options = {
      cwd: made.repository,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', HOME: made.home, ...env },
    } as const
    const { status, stdout, stderr } = spawnSync('git', args, options)
    assert.is(status, 0, `git ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  git('add', '-A')
  git('commit', '-q', '-m', 'first')
  Object.assign(context, made, {
    env,
    git,
    decide: async (title: string, ...more: string[]) => {
      const words = ['decisions', 'add', '--category=testing', `--title=${title}`, '--description=d', ...more]
      const { code, stdout, stderr } = await made.coord(words, { env })
      assert.is(code, 0, stderr)
      return stdout.trim()
    },
    page: (name: string) => readFileSync(join(made.repository, 'docs/decisions', name), 'utf8'),
  })
})
test.after.each((context) => context.remove())

test('a page for each decision, and a list; what is right already is not written again', async (s) => {
  const one = await s.decide('Use flock', '--rationale=simple', '--alternative=a server', '--file=src/app.ts')
  const { stdout } = await s.coord(['decisions', 'supersede', one, '--title=Use leases', '--description=after all'])
  const two = stdout.trim()
  const written = async () => JSON.parse((await s.coord(['decisions', 'export', '--json'])).stdout).written
  assert.equal(await written(), [`${one}-use-flock.md`, `${two}-use-leases.md`, 'README.md'])
  assert.equal(await written(), [])
  const page = s.page(`${one}-use-flock.md`)
  for (const line of [
    `# ${one}: Use flock`,
    `- Status: superseded, superseded by [${two}](${two}-use-leases.md)`,
    '- File: `src/app.ts`',
    '> simple',
    '- a server',
  ])
    assert.ok(page.split('\n').includes(line), `${line}\n${page}`)
  assert.ok(s.page('README.md').includes(`| [${two}](${two}-use-leases.md) | Use leases | testing | accepted |`))
  await s.coord(['decisions', 'status', two, 'implemented'])
  assert.equal(await written(), [`${two}-use-leases.md`, 'README.md'])
})

test('only its own files are committed, though others have staged work; nothing new is no commit', async (s) => {
  const id = await s.decide('Use flock')
  writeFileSync(join(s.repository, 'src/app.ts'), 'staged\n')
  s.git('add', 'src/app.ts')
  writeFileSync(join(s.repository, 'src/app.ts'), 'staged and changed again\n')
  writeFileSync(join(s.repository, 'other.txt'), 'untracked\n')
  mkdirSync(join(s.repository, 'docs/decisions'), { recursive: true })
  writeFileSync(join(s.repository, 'docs/decisions/notes.md'), 'of somebody else, staged beside the pages\n')
  s.git('add', 'docs/decisions/notes.md')
  const before = s.git('status', '--porcelain')
  const { code, stdout } = await s.coord(['decisions', 'export', '--format', 'adr', '--commit'], { env: s.env })
  assert.is(code, 0)
  assert.match(stdout, /\nCommitted [0-9a-f]{12}\n$/)
  assert.is(
    s.git('show', '--name-only', '--format=%s', 'HEAD'),
    `decisions: ${id}\n\ndocs/decisions/${id}-use-flock.md\ndocs/decisions/README.md\n`,
  )
  assert.is(s.git('status', '--porcelain'), before, 'what was staged is staged, what was not is not')
  assert.match((await s.coord(['decisions', 'export', '--commit'], { env: s.env })).stdout, /Nothing to commit/)
  assert.is(s.git('rev-list', '--count', 'HEAD').trim(), '2')
})

test('by itself after each decision, when the project says so; a refusal of git leaves the decision standing', async (s) => {
  await s.coord(['config', 'set', 'decisions.adr', 'commit'])
  await s.coord(['config', 'set', 'decisions.folder', 'doc/adr'])
  const id = await s.decide('By itself')
  await s.coord(['decisions', 'status', id, 'implemented'], { env: s.env })
  assert.is(s.git('rev-list', '--count', 'HEAD').trim(), '3')
  assert.equal(readdirSync(join(s.repository, 'doc/adr')).sort(), [`${id}-by-itself.md`, 'README.md'])
  writeFileSync(join(s.repository, '.git/hooks/pre-commit'), '#!/bin/sh\necho "not today" >&2\nexit 1\n', {
    mode: 0o755,
  })
  const { code, stdout, stderr } = await s.coord(
    ['decisions', 'add', '--category=testing', '--title=Second', '--description=d'],
    { env: s.env },
  )
  assert.equal([code, stdout.trim()], [0, id.replace(/1$/, '2')])
  assert.match(stderr, /^Note: The pages are in .*doc\/adr, but git would not commit them: not today/)
  const status = s.git('status', '--porcelain', '--untracked-files=all')
  assert.match(status, /^\?\? doc\/adr\/DEC-\d{8}-0002-second\.md$/m, 'no trace of it in the index')
})

test('hostile texts stay text; other people’s files stay theirs; no way leads out', async (s) => {
  const title = '# <script>x</script> ](http://x) `|`\u202e'
  const id = await s.decide(title, '--problem=a\n## Status\n<img src=x>\n- Status: accepted')
  await s.coord(['decisions', 'export'])
  const [name = ''] = readdirSync(join(s.repository, 'docs/decisions')).filter((each) => each !== 'README.md')
  const text = s.page(name) + s.page('README.md')
  assert.not(/<script|<img|\u202e/.test(text), text)
  assert.is(
    s
      .page(name)
      .split('\n')
      .filter((line) => line.startsWith('- Status:') || line.startsWith('## Status')).length,
    1,
  )
  assert.match(name, new RegExp(`^${id}-[\\w.-]+\\.md$`))
  mkdirSync(join(s.repository, 'taken'))
  writeFileSync(join(s.repository, 'taken/README.md'), 'mine\n')
  const refused = await s.coord(['decisions', 'export', '--to', 'taken'])
  assert.is(refused.code, 2)
  assert.match(refused.stderr, /taken\/README\.md is not a file of coordlog/)
  assert.is(readFileSync(join(s.repository, 'taken/README.md'), 'utf8'), 'mine\n')
  mkdirSync(join(s.folder, 'outside'))
  symlinkSync(join(s.folder, 'outside'), join(s.repository, 'link'))
  assert.is((await s.coord(['decisions', 'export', '--to', 'link/x'])).code, 78)
  assert.equal(readdirSync(join(s.folder, 'outside')), [])
  for (const to of ['../x', '/tmp/x', '.git/x', 'a/../../x', ''])
    assert.is((await s.coord(['decisions', 'export', '--to', to])).code, 2, to)
  assert.not(existsSync(join(s.folder, 'x')))
})

test.run()
