// timeout: 180s
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { aliases, commands, topics } from '../src/table.js'
import { git, program, type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord help')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

test('every command: a summary, a usage, its flags with what they mean, and examples; nothing wider than the terminal', async ({
  coord,
}) => {
  for (const [id, command] of Object.entries(commands)) {
    for (const columns of [80, 200]) {
      const { code, stdout, stderr } = await coord([...id.split(' '), '--help'], { columns })
      assert.equal([code, stderr], [0, ''], id)
      const [usage, examples] = ['Usage\n', 'Examples\n'].map((title) => stdout.indexOf(title))
      assert.ok(usage !== -1 && examples !== -1 && (usage ?? 0) < (examples ?? 0), stdout)
      // A usage line and an example stand on one line each, to be copied.
      const text = stdout.slice(0, examples).replace(/\n {2}coord .*\n/, '\n')
      for (const line of text.split('\n')) assert.ok(line.length <= Math.min(columns, 100), `${id}: ${line}`)
    }
    assert.ok(command.examples.length > 0, `${id} has no example`)
    for (const [name, flag] of Object.entries(command.flags)) assert.ok(flag.summary, `${id} --${name} says nothing`)
    for (const [name, each] of Object.entries(command.args)) {
      assert.ok(each.description, `${id} ${name} says nothing`)
      assert.is(each.ignoreStdin, true, `${id} ${name} would read stdin when it is missing`)
    }
  }
})

test('coord, coord --help, coord help and coord help COMMAND', async ({ coord }) => {
  const { stdout } = await coord([])
  assert.is((await coord(['--help'])).stdout, stdout)
  assert.is((await coord(['help'])).stdout, stdout)
  for (const id of Object.keys(commands)) assert.ok(stdout.includes(`\n  ${id} `), id)
  for (const topic of topics.keys()) {
    assert.match((await coord([topic])).stdout, new RegExp(`^coord ${topic}: `))
    assert.is((await coord(['help', topic])).stdout, (await coord([topic, '--help'])).stdout)
  }
  for (const [alias, id] of aliases)
    assert.is((await coord([alias, '--help'])).stdout, (await coord(['help', ...id.split(' ')])).stdout)
  assert.is((await coord(['lock', 'acquire', '-h'])).stdout, (await coord(['help', 'lock', 'acquire'])).stdout)
  assert.match((await coord(['lock', 'check', '--', '--help'])).stdout, /^Free: --help\n/)
})

/** What an example may end with besides 0: the answer to its question can be no. */
const otherEnds: Readonly<Record<string, readonly number[]>> = { doctor: [1], 'resident status': [1] }

/** The demo starts the installation's own bin/coord many times over; serve does not end. Both have tests of their own. */
const testedElsewhere: readonly string[] = ['demo', 'serve']

test('every example runs as it stands, in a repository', async ({ coord, repository, folder, home }) => {
  const stage = async () => {
    const at = '2026-01-08T12:45:32.000Z'
    await coord(['decisions', 'add', '--category=api-design', '--title=T', '--description=D', '--instance', 'me'], {
      at,
    })
    for (const id of ['manual-20260108-124532-a3f7b2d1', 'me']) await coord(['instance', 'register', '--instance', id])
    for (let n = 0; n < 12; n++) await coord(['instance', 'heartbeat', '--instance', 'me'])
    await coord(['lock', 'release', '--all', '--instance', 'me'])
  }
  git(repository, 'commit', '-q', '--allow-empty', '-m', 'first')
  writeFileSync(join(repository, 'payload.json'), '{}')
  mkdirSync(join(repository, '.claude', 'coordination'), { recursive: true })
  writeFileSync(join(repository, '.claude', 'coordination', 'decision-log.json'), '{"decisions":[]}')
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'coord'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`, { mode: 0o755 })
  const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: home, COORD_INSTANCE_ID: 'me', USER: 'tester' }
  const hasJq = spawnSync('jq', ['--version']).status === 0
  if (!hasJq) process.stdout.write('\nSKIP examples with jq: there is no jq here\n')
  let count = 0
  for (const [id, { examples }] of Object.entries(commands)) {
    if (testedElsewhere.includes(id)) continue
    await stage()
    for (const { line } of examples) {
      if (line.includes('jq') && !hasJq) continue
      assert.match(line, new RegExp(`coord ${id}( |$|\\))`), line)
      const script = `set -o pipefail\n${line}`
      const { status, stderr } = spawnSync('bash', ['--norc', '-c', script], {
        cwd: repository,
        env,
        encoding: 'utf8',
        input: '',
        timeout: 60_000,
      })
      assert.ok(status === 0 || otherEnds[id]?.includes(status ?? -1), `${line}: ${status} ${stderr}`)
      count++
    }
  }
  assert.ok(count > 30, `only ${count} examples ran`)
})

test.run()
