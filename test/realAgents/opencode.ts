import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { chat } from './chat.js'
import { installOnce } from './install.js'
import { startModel } from './model.js'
import { type AgentRun, type AgentSession, type RealAgent, runClient } from './realAgent.js'

const coord = resolve(import.meta.dirname, '..', '..', '..', 'bin', 'coord')

export const opencode: RealAgent = {
  agent: 'opencode',
  install: () =>
    installOnce({ name: 'opencode-ai', version: '1.18.33', program: 'opencode', variable: 'COORDLOG_OPENCODE_BIN' }),
  run,
}

async function run({ client, cwd, steps, onStart }: AgentSession): Promise<AgentRun> {
  const model = await startModel(
    chat(({ path, content }) => ({ name: 'write', input: { filePath: path, content } })),
    steps,
  )
  const home = mkdtempSync(join(tmpdir(), 'coordlog-home-'))
  const env = {
    HOME: home,
    PATH: process.env['PATH'] ?? '',
    TERM: 'dumb',
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    OPENCODE_CONFIG_CONTENT: JSON.stringify(configuration(model.port)),
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  }
  try {
    prepare(cwd, home)
    const args = ['run', 'Make the change.']
    const ended = await runClient(client, args, { cwd, env, ...(onStart !== undefined && { onStart }) })
    if (model.failures.length > 0) throw model.failures[0]
    assert.equal(readdirSync(join(cwd, '.opencode', 'node_modules')), ['coordlog.txt'], 'nothing was installed first')
    return { ...ended, requests: model.requests }
  } finally {
    await model.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** What spares the client an installation stands in no commit: here coord init puts it, in a home of long standing it is already. */
function prepare(cwd: string, home: string): void {
  const ended = spawnSync(coord, ['init', '--agent', 'opencode', cwd], { encoding: 'utf8' })
  if (ended.status !== 0) throw new Error(ended.stderr)
  const folder = join(home, '.config', 'opencode')
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  const lock = { lockfileVersion: 3, packages: { '': { dependencies: { '@opencode-ai/plugin': '*' } } } }
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
}

function configuration(port: number): object {
  const limits = { tool_call: true, limit: { context: 128_000, output: 8_000 } }
  const options = { baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'none' }
  const scripted = { npm: '@ai-sdk/openai-compatible', name: 'scripted', options, models: { scripted: limits } }
  return {
    model: 'scripted/scripted',
    small_model: 'scripted/scripted',
    autoupdate: false,
    share: 'disabled',
    enabled_providers: ['scripted'],
    permission: { '*': 'allow' },
    provider: { scripted },
  }
}
