// timeout: 300s
// alone
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codex } from './realAgents/codex.js'
import { type Repository, repository } from './realAgents/scratch.js'
import { skip } from './skip.js'

/** What only the real Codex tells: whether it trusts the hooks that init wrote, and what its own patches do to leases. */

const test = suite<{ repository: Repository }>('the real Codex')
test.before.each((context) => {
  context.repository = repository(['codex'])
})
test.after.each((context) => context.repository.remove())

const coord = resolve(import.meta.dirname, '..', '..', 'bin', 'coord')

test('doctor: hooks that nobody trusted are skipped; once trusted, they are not', async ({ repository: { top } }) => {
  const installed = codex.install()
  if ('missing' in installed) return skip('the real codex', installed.missing)
  const home = join(dirname(top), 'home')
  mkdirSync(join(home, '.codex'), { recursive: true })
  const config = join(home, '.codex', 'config.toml')
  writeFileSync(config, `[projects.${JSON.stringify(top)}]\ntrust_level = "trusted"\n[features]\nplugins = false\n`)
  const path = [dirname(installed.client), process.env['PATH']].join(delimiter)
  const env = { PATH: path, HOME: home, CODEX_HOME: join(home, '.codex') }
  const says = (): string => {
    const { stdout } = spawnSync(coord, ['doctor', '--json'], { cwd: top, encoding: 'utf8', env })
    const { checks }: { checks: { name: string; result: string; says: string }[] } = JSON.parse(stdout)
    const about = checks.filter(({ name }) => name === 'codex').map((check) => `${check.result} ${check.says}`)
    return about.find((line) => line.includes('Codex')) ?? about.join('; ')
  }
  assert.is(says(), 'warn Codex skips 10 of 10 hooks (untrusted)')
  for (const [key, hash] of await listed(installed.client, top, env)) {
    appendFileSync(config, `\n[hooks.state.${JSON.stringify(key)}]\ntrusted_hash = ${JSON.stringify(hash)}\n`)
  }
  assert.is(says(), 'ok Codex trusts all 10 hooks')
})

/** Key and hash of each hook, as the client itself counts them. */
async function listed(client: string, cwd: string, env: Record<string, string>): Promise<[string, string][]> {
  const input = [
    { id: 1, method: 'initialize', params: { clientInfo: { name: 'test', title: 'test', version: '1' } } },
    { method: 'initialized' },
    { id: 2, method: 'hooks/list', params: { cwds: [cwd] } },
  ]
    .map((message) => JSON.stringify(message))
    .join('\n')
  const script = `{ cat; sleep 5; } | '${client}' app-server`
  const { stdout } = spawnSync('sh', ['-c', script], {
    cwd,
    env,
    input: `${input}\n`,
    encoding: 'utf8',
    timeout: 30_000,
  })
  const answer = stdout.split('\n').find((line) => line.includes('"id":2')) ?? '{}'
  const { result }: { result?: { data: { hooks: { key: string; currentHash: string }[] }[] } } = JSON.parse(answer)
  return (result?.data ?? []).flatMap(({ hooks }) =>
    hooks.map(({ key, currentHash }): [string, string] => [key, currentHash]),
  )
}

test.run()
