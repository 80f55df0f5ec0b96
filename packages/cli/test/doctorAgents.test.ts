import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Check } from '../src/doctor/check.js'
import { coordlogRoot, git, type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord doctor, agent by agent')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

async function rows({ coord }: Scratch, name: string, env: Record<string, string> = {}): Promise<Check[]> {
  const { stdout } = await coord(['doctor', '--json'], { env })
  const { checks }: { checks: Check[] } = JSON.parse(stdout)
  return checks.filter((check) => check.name === name)
}

/** A program of this name in a folder of its own, which comes first in PATH. */
function onPath({ folder }: Scratch, name: string, script: string): Record<string, string> {
  const bin = join(folder, `bin-${name}`)
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, name), script, { mode: 0o755 })
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}` }
}

/** What `codex app-server` answers to hooks/list, with this trust. */
function codexThat(trust: string): string {
  return `#!${process.execPath}
const hooks = ${trust}
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line)
  if (id === 1) console.log(JSON.stringify({ id, result: {} }) + '\\n{"method":"x"}')
  if (method === 'hooks/list') console.log(JSON.stringify({ id, result: { data: [{ hooks }] } }))
})
`
}

/** Our hooks of the repository, as Codex lists them. */
function listed({ repository }: Scratch, trustStatus: string): string {
  const { hooks } = JSON.parse(readFileSync(join(repository, '.codex/hooks.json'), 'utf8'))
  const commands = Object.values<{ hooks: { command: string }[] }[]>(hooks).flat()
  return JSON.stringify(commands.map(({ hooks: [hook] }) => ({ command: hook?.command, enabled: true, trustStatus })))
}

test('each agent that is set up: a refusal for trial through the hook that it is told to run', async (context) => {
  assert.is((await context.coord(['init', '--agent', 'all'])).code, 0)
  for (const name of ['claude-code', 'codex', 'copilot']) {
    const says = (await rows(context, name)).map((check) => `${check.result} ${check.says}`)
    assert.match(says[0] ?? '', /^ok .*no event of it was recorded yet/)
    assert.match(says.at(-1) ?? '', /^ok a trial refusal came back from the hook of /, name)
  }
  assert.is((await context.coord(['log'])).stdout, '', 'and nothing of it was recorded here')
})

test('a hook that does not refuse is a fault', async (context) => {
  await context.coord(['init', '--agent', 'copilot'])
  const shim = join(context.repository, '.claude/coordination/bin/coord')
  rmSync(shim)
  writeFileSync(shim, '#!/bin/sh\ncat >/dev/null\n', { mode: 0o755 })
  const silent = (await rows(context, 'copilot')).at(-1)
  assert.is(silent?.result, 'fault')
  assert.match(silent?.says ?? '', /does not refuse: a held file was to be refused, and it said nothing/)
  chmodSync(shim, 0o644)
  assert.match((await rows(context, 'copilot')).at(-1)?.says ?? '', /does not refuse/)
})

test('when an agent was last heard of, and last refused', async (context) => {
  await context.coord(['init', '--agent', 'codex'])
  const { rehearsalFor } = await import('@coordlog/agents/rehearsals')
  const rehearsal = rehearsalFor('codex')
  const path = join(context.repository, 'a.txt')
  for (const session of ['one', 'two']) {
    const input = rehearsal?.beforeEdit({ session, cwd: context.repository, path }) ?? ''
    const ended = spawnSync(join(coordlogRoot, 'bin/coord'), ['hook', 'codex'], {
      cwd: context.repository,
      env: { PATH: process.env['PATH'], HOME: context.home, COORD_RESIDENT: 'off' },
      input,
    })
    assert.is(ended.status, 0)
  }
  assert.match(
    (await rows(context, 'codex'))[0]?.says ?? '',
    /last event \S+Z \(.*\); last refused at sequence \d+: a\.txt/,
  )
})

test('one that is here and not set up is told of, and so are those that are not here', async (context) => {
  await context.coord(['init'])
  const env = onPath(context, 'copilot', '#!/bin/sh\n')
  assert.match((await rows(context, 'copilot', env))[0]?.says ?? '', /to change that: coord init --agent copilot$/)
  const { stdout } = await context.coord(['init', '--dry-run'], { env })
  assert.match(
    stdout,
    /note {4}GitHub Copilot CLI is on this machine too; to coordinate it: coord init --agent copilot/,
  )
})

test('Codex is asked whether it trusts the hooks', async (context) => {
  await context.coord(['init', '--agent', 'codex'])
  const trust = async (script: string) => {
    const [, check] = await rows(context, 'codex', onPath(context, 'codex', script))
    return [check?.result, check?.says, check?.run]
  }
  assert.equal(await trust(codexThat(listed(context, 'trusted'))), ['ok', 'Codex trusts all 10 hooks', undefined])
  assert.equal(await trust(codexThat(listed(context, 'untrusted'))), [
    'warn',
    'Codex skips 10 of 10 hooks (untrusted)',
    'start codex here, type /hooks and trust those of coordlog',
  ])
  const [result, says] = await trust(codexThat('[]'))
  assert.is(result, 'warn')
  assert.match(says ?? '', /does not load .*hooks\.json: it does not trust this project/)
  const [broken, why] = await trust('#!/bin/sh\nexit 1\n')
  assert.is(broken, 'warn')
  assert.match(why ?? '', /could not be told: /)
  const [, alone] = await rows(context, 'codex', { PATH: '/usr/bin:/bin' })
  assert.match(alone?.says ?? '', /cannot be told: there is no codex in PATH to ask/)
})

test('a worktree without an agent’s hooks', async (context) => {
  git(context.repository, 'commit', '-q', '--allow-empty', '-m', 'first')
  await context.coord(['init', '--agent', 'claude-code', '--agent', 'copilot'])
  git(context.repository, 'worktree', 'add', '-q', join(context.folder, 'side'))
  const [check] = await rows(context, 'worktrees')
  assert.is(check?.run, `coord init --agent claude-code --agent copilot ${join(context.folder, 'side')}`)
})

test.run()
