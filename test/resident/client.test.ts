// timeout: 240s
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressFile, addressOf, edit, openStage, payload, type Stage } from './stage.js'

/** The shell client, whatever it is started with: what the resident is told is what a process would have seen. */

const client = suite<{ stage: Stage }>('the shell client')

client.before.each(async (context) => {
  context.stage = openStage()
  await context.stage.serve()
})
client.after.each(({ stage }) => stage.remove())

/** That it was the resident who did it. */
function byResident<T>(stage: Stage, work: () => T, times = 1): T {
  const before = stage.requests()
  const result = work()
  assert.is(stage.requests() - before, times, 'asked the resident')
  return result
}

client('hooks and queries are answered by the resident, with the exit code of the command', ({ stage }) => {
  const { repo } = stage
  assert.equal(
    byResident(stage, () => stage.hook(edit(repo, 'one', 'c1'))),
    { code: 0, stdout: '', stderr: '' },
  )
  const refused = byResident(stage, () => stage.hook(edit(repo, 'two', 'c2')))
  assert.match(refused.stdout, '"permissionDecision":"deny"')
  assert.is(byResident(stage, () => stage.coord(['lock', 'check', 'a.ts'])).code, 1)
  const wrong = byResident(stage, () => stage.coord(['status', '--nonsense']))
  assert.equal([wrong.code, wrong.stdout], [2, ''])
  assert.match(wrong.stderr, 'There is no flag --nonsense here')
})

const odd = [
  'two\nlines',
  "it's",
  '"quoted"',
  ' blanks  ',
  'é€𝄞 \u202e',
  '',
  '$(echo no) `no` \\n %s',
  '-- no',
  ',3:x,',
]

client('arguments arrive as they were typed', ({ stage }) => {
  for (const title of odd.filter((text) => text.trim() !== '')) {
    const add = ['decisions', 'add', '--category=testing', `--title=${title}`, '--description', `${title}\n${title}`]
    const added = byResident(stage, () => stage.coord([...add, '--json']))
    assert.is(added.code, 0, `${JSON.stringify(title)}: ${added.stdout}`)
    const { id } = JSON.parse(added.stdout)
    const shown = JSON.parse(stage.direct(['decisions', 'show', id, '--json']).stdout)
    assert.is(shown.title, title)
    assert.is(shown.description, `${title}\n${title}`)
  }
  const empty = byResident(stage, () => stage.coord(['lock', 'check', '']))
  assert.equal(empty, stage.direct(['lock', 'check', '']))
})

client('payloads of any length pass, and leave nothing behind', async ({ stage }) => {
  const { repo, directory } = stage
  const lengths = [16_100, 16_384, 16_500, 200_000, 16 * 1024 * 1024 - 500]
  for (const [index, length] of lengths.entries()) {
    const event = { tool_input: { file_path: `f${index}.ts`, content: 'y'.repeat(length) } }
    const answer = byResident(stage, () => stage.hook({ ...edit(repo, 'one', `c${index}`), ...event }))
    assert.equal(answer, { code: 0, stdout: '', stderr: '' }, `${length} characters`)
  }
  const granted = (await stage.records()).filter(({ type }) => type === 'lock.acquired')
  assert.is(granted.length, lengths.length)
  assert.equal(
    readdirSync(directory).filter((name) => name.startsWith('stdin')),
    [],
  )
})

client('answers of any length pass, byte for byte, and leave nothing behind', ({ stage }) => {
  const { directory } = stage
  const lengths: number[] = []
  for (let wanted = 4; wanted <= 256; wanted *= 4) {
    const paths = Array.from(
      { length: wanted - (lengths.length > 0 ? wanted / 4 : 0) },
      (_, index) => `src/${'é'.repeat(60)}/${wanted}-${index}.ts`,
    )
    for (let at = 0; at < paths.length; at += 50) stage.coord(['lock', 'acquire', ...paths.slice(at, at + 50)])
    const here = byResident(stage, () => stage.coord(['lock', 'list', '--json']))
    assert.equal(here, stage.direct(['lock', 'list', '--json']))
    lengths.push(Buffer.byteLength(here.stdout))
  }
  assert.ok(lengths.some((length) => length < 16_384) && lengths.some((length) => length > 70_000), lengths.join())
  const left = readdirSync(directory).filter((name) => name.startsWith('answer'))
  assert.equal(left, [])
})

client('what is no payload ends as it does without a resident', ({ stage }) => {
  const inputs = [
    Buffer.from([0, 1, 2, 255, 254, 0]),
    Buffer.from('{"session_id":"s"'),
    Buffer.alloc(20_000, 0xff),
    Buffer.from('[]'),
    Buffer.alloc(0),
  ]
  for (const input of inputs) {
    const [here, there] = [stage.coord, stage.direct].map((call) => call(['hook', 'claude-code'], { input }))
    assert.is(here?.code, 0)
    assert.is(here?.stdout, there?.stdout)
    // bash drops NUL bytes, so that a payload with some of them is shorter.
    const masked = (text = '') => text.replace(/of \d+ bytes/, 'of N bytes')
    if (!input.includes(0)) assert.is(masked(here?.stderr), masked(there?.stderr))
    assert.match(here?.stderr ?? '', /^coordlog: [^\n]+\n$/)
  }
})

client('standard streams that are closed, or that nobody reads', ({ stage }) => {
  const { shell, repo } = stage
  stage.hook(edit(repo, 'one', 'c1'))
  assert.is(shell('"$coord" hook claude-code <&-').code, 0)
  assert.equal(shell('"$coord" status <&-'), stage.direct(['status']))
  assert.equal(shell('"$coord" status >&-'), { code: 0, stdout: '', stderr: '' })
  assert.equal(shell('"$coord" status 2>&- | head -1'), { code: 0, stdout: 'Active Instances: 1\n', stderr: '' })
  assert.equal(shell('"$coord" lock check a.ts >/dev/null 2>&-').code, 1)
  assert.is(shell('"$coord" lock check 2>&-').code, 2)
})

const firstLine = ({ stdout }: { stdout: string }) => stdout.split('\n', 1)[0] ?? ''

client('the environment that it is started in', ({ stage }) => {
  const { shell, direct, coord, repo } = stage
  stage.hook(edit(repo, 'one', 'c1', 'ä.ts'))
  const expected = firstLine(direct(['lock', 'check', 'ä.ts']))
  assert.match(expected, 'File ä.ts is locked')
  for (const LC_ALL of ['C', 'POSIX', 'en_US.UTF-8', 'de_DE', '']) {
    const seen = byResident(stage, () => coord(['lock', 'check', 'ä.ts'], { env: { LC_ALL } }))
    assert.is(firstLine(seen), expected, LC_ALL)
  }
  const bare = 'env -i PATH="$PATH" "$coord" lock check ä.ts'
  assert.is(firstLine(byResident(stage, () => shell(bare))), expected)
  assert.is(firstLine(byResident(stage, () => shell('bash -u "$coord" lock check ä.ts'))), expected)
  assert.is(firstLine(byResident(stage, () => shell('bash -e "$coord" lock check ä.ts'))), expected)
  const named = byResident(stage, () => coord(['instance', 'heartbeat'], { env: { COORD_INSTANCE_ID: 'nobody' } }))
  assert.is(named.code, 3)
  assert.match(named.stderr, 'Instance nobody is not registered')
})

client('folders: deep, linked, gone, named by COORD_DIR', ({ stage }) => {
  const { repo, folder, shell, direct, coord } = stage
  stage.hook(edit(repo, 'one', 'c1', 'src/deep/a.ts'))
  mkdirSync(join(repo, 'src', 'deep'), { recursive: true })
  const deep = { cwd: join(repo, 'src', 'deep') }
  const expected = firstLine(direct(['lock', 'check', 'a.ts'], deep))
  assert.match(expected, 'File src/deep/a.ts is locked')
  assert.is(firstLine(byResident(stage, () => coord(['lock', 'check', 'a.ts'], deep))), expected)
  symlinkSync(deep.cwd, join(folder, 'link'))
  // "..": of where the link leads, not of where it lies.
  const through = `cd ${folder}/link && "$coord" lock check ../deep/a.ts`
  assert.is(firstLine(shell(through)), expected)
  symlinkSync(deep.cwd, join(repo, 'inner'))
  const inside = byResident(stage, () => shell('cd inner && "$coord" lock check ../deep/a.ts'))
  assert.is(firstLine(inside), expected, inside.stderr)
  for (const COORD_DIR of [stage.directory, '.git/coordlog', './.git/../.git/coordlog']) {
    assert.is(byResident(stage, () => coord(['lock', 'check', 'src/deep/a.ts'], { env: { COORD_DIR } })).code, 1)
  }
  const elsewhere = coord(['status', '--json'], { env: { COORD_DIR: join(folder, 'other') } })
  assert.is(JSON.parse(elsewhere.stdout).sequence, 0)
  const gone = 'mkdir gone && cd gone && rmdir ../gone && "$coord" status'
  assert.equal(shell(gone).code, shell(`${gone.replaceAll('gone', 'away')}`, { env: { COORD_RESIDENT: 'off' } }).code)
})

client('linked worktrees and projects outside git reach their own resident', async ({ stage }) => {
  const { repo, folder, coord } = stage
  const linked = join(folder, 'linked')
  mkdirSync(join(repo, '.git', 'worktrees', 'linked'), { recursive: true })
  mkdirSync(linked)
  writeFileSync(join(linked, '.git'), `gitdir: ${repo}/.git/worktrees/linked\n`)
  writeFileSync(join(repo, '.git/worktrees/linked/commondir'), '../..\n')
  writeFileSync(join(repo, '.git/worktrees/linked/HEAD'), 'ref: refs/heads/two\n')
  stage.hook(edit(linked, 'two', 'c2'))
  const seen = byResident(stage, () => coord(['status', '--json'], { cwd: linked }))
  assert.is(JSON.parse(seen.stdout).instances[0].branch, 'two')
  const project = join(folder, 'project')
  mkdirSync(join(project, '.claude', 'coordination'), { recursive: true })
  assert.is(JSON.parse(coord(['status', '--json'], { cwd: project }).stdout).sequence, 0)
})

client('a long answer comes whole, in one piece', ({ stage }) => {
  for (let n = 0; n < 30; n++) {
    const description = `${n} `.repeat(1300)
    stage.coord(['decisions', 'add', '--category=testing', `--title=${n}`, '--description', description.slice(0, 3900)])
  }
  const listed = byResident(stage, () => stage.coord(['decisions', 'list', '--json']))
  assert.ok(listed.stdout.length > 100_000, String(listed.stdout.length))
  assert.equal(listed, stage.direct(['decisions', 'list', '--json']))
})

client('a file that is not the resident’s own word is not believed', ({ stage }) => {
  const { directory, coord, direct, folder } = stage
  const address = readFileSync(addressFile(stage), 'utf8')
  const expected = direct(['status'])
  const real = join(folder, 'planted')
  writeFileSync(real, address, { mode: 0o600 })
  rmSync(addressFile(stage))
  symlinkSync(real, addressFile(stage))
  assert.equal(coord(['status']), expected)
  for (const text of ['', 'x', address.replace('-1 ', '-2 '), address.slice(0, 30), address.replace(/ \d+ /, ' 1 ')]) {
    rmSync(addressFile(stage), { force: true })
    writeFileSync(addressFile(stage), text)
    assert.equal(coord(['status']), expected, JSON.stringify(text))
  }
  rmSync(addressFile(stage))
  mkdirSync(addressFile(stage))
  assert.equal(coord(['status']), expected)
  assert.ok(readdirSync(directory).length > 0)
})

client('with another build’s resident, or with none, the same comes out', ({ stage }) => {
  const { coord, direct, repo } = stage
  stage.hook(edit(repo, 'one', 'c1'))
  const expected = direct(['lock', 'check', 'a.ts'])
  const address = readFileSync(addressFile(stage), 'utf8')
  const { pid = 0 } = addressOf(stage) ?? {}
  writeFileSync(addressFile(stage), address.replace(/ \S+ /, ' 0.0.1-000000000000 '))
  assert.equal(coord(['lock', 'check', 'a.ts']).code, expected.code)
  writeFileSync(addressFile(stage), address)
  process.kill(pid, 'SIGKILL')
  assert.is(coord(['lock', 'check', 'a.ts']).code, 1)
  assert.match(stage.hook(edit(repo, 'two', 'c2')).stdout, '"permissionDecision":"deny"')
  assert.equal(stage.hook(payload(repo, 'two', 'Stop')), { code: 0, stdout: '', stderr: '' })
})

client.run()
