import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ScriptedModel, type Step, startScriptedModel } from './scriptedModel.js'

/** The version whose payloads the adapter was checked against. */
export const clientVersion = '2.1.330'

export type Installed = { client: string } | { missing: string }

/**
 * The real client: COORDLOG_CLAUDE_BIN, else installed once from npm into the user's cache. It is no dependency of the
 * project: it is large, and nothing but this test runs it.
 */
export function installClient(): Installed {
  const given = process.env['COORDLOG_CLAUDE_BIN']
  if (given !== undefined) return existsSync(given) ? { client: given } : { missing: `${given} is not there` }
  const cache = join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'coordlog',
    `claude-code-${clientVersion}`,
  )
  const client = join(cache, 'node_modules', '.bin', 'claude')
  if (existsSync(client)) return { client }
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, 'package.json'), '{"private":true}\n')
  const args = ['install', '--no-audit', '--no-fund', '--silent', `@anthropic-ai/claude-code@${clientVersion}`]
  const ended = spawnSync('npm', args, {
    cwd: cache,
    encoding: 'utf8',
    timeout: 120_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (ended.status === 0 && existsSync(client)) return { client }
  rmSync(cache, { recursive: true, force: true })
  const why = ended.error?.message ?? ended.stderr.trim().split('\n').at(-1) ?? ''
  return { missing: `npm could not install the client (${why}); COORDLOG_CLAUDE_BIN may name one` }
}

export interface Run {
  code: number | null
  stdout: string
  stderr: string
  model: ScriptedModel
}

export interface RunOptions {
  client: string
  cwd: string
  steps: readonly Step[]
  prompt?: string
  args?: readonly string[]
  /** Commands of the client itself in the same home, before the session: plugins are installed that way. */
  before?: readonly (readonly string[])[]
}

/** One whole session, `claude -p`, with a home of its own and an environment that holds nothing else. */
export async function runSession({
  client,
  cwd,
  steps,
  prompt = 'Make the change.',
  args = [],
  before = [],
}: RunOptions): Promise<Run> {
  const model = await startScriptedModel(steps)
  const home = mkdtempSync(join(tmpdir(), 'coordlog-home-'))
  const trusted = { hasCompletedOnboarding: true, projects: { [cwd]: { hasTrustDialogAccepted: true } } }
  writeFileSync(join(home, '.claude.json'), JSON.stringify(trusted))
  const env = {
    HOME: home,
    PATH: process.env['PATH'] ?? '',
    TERM: 'dumb',
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.port}`,
    ANTHROPIC_API_KEY: 'sk-none',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  }
  try {
    for (const words of before) {
      const done = await run(client, [...words], cwd, env)
      if (done.code !== 0) throw new Error(`claude ${words.join(' ')}: ${done.code} ${done.stdout} ${done.stderr}`)
    }
    const session = ['-p', prompt, '--permission-mode', 'acceptEdits', ...args]
    const ended = await run(client, session, cwd, env)
    if (model.failures.length > 0) throw model.failures[0]
    return { ...ended, model }
  } finally {
    await model.close()
    rmSync(home, { recursive: true, force: true })
  }
}

function run(
  file: string,
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const limit = setTimeout(() => child.kill('SIGKILL'), 180_000)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(limit)
      resolve({ code, stdout, stderr })
    })
  })
}
