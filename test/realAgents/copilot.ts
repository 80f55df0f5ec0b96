import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chat } from './chat.js'
import { installOnce } from './install.js'
import { startModel } from './model.js'
import { type AgentRun, type AgentSession, type RealAgent, runClient } from './realAgent.js'

export const copilot: RealAgent = {
  agent: 'copilot',
  install: () =>
    installOnce({ name: '@github/copilot', version: '1.0.102', program: 'copilot', variable: 'COORDLOG_COPILOT_BIN' }),
  run,
}

/** A model provider of one's own needs no account; the folder is trusted by its top. */
async function run({ client, cwd, steps, onStart }: AgentSession): Promise<AgentRun> {
  const model = await startModel(
    chat(({ path, content }) => ({ name: 'create', input: { path, file_text: content } })),
    steps,
  )
  const home = mkdtempSync(join(tmpdir(), 'coordlog-home-'))
  mkdirSync(join(home, '.copilot'))
  writeFileSync(join(home, '.copilot', 'config.json'), JSON.stringify({ trustedFolders: [cwd] }))
  const env = {
    HOME: home,
    PATH: process.env['PATH'] ?? '',
    TERM: 'dumb',
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    COPILOT_PROVIDER_BASE_URL: `http://127.0.0.1:${model.port}/v1`,
    COPILOT_PROVIDER_API_KEY: 'none',
    COPILOT_MODEL: 'scripted',
    COPILOT_OFFLINE: 'true',
    COPILOT_AUTO_UPDATE: 'false',
  }
  try {
    const args = ['-p', 'Make the change.', '--allow-all-tools', '--no-color']
    const ended = await runClient(client, args, { cwd, env, ...(onStart !== undefined && { onStart }) })
    if (model.failures.length > 0) throw model.failures[0]
    return { ...ended, requests: model.requests }
  } finally {
    await model.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  }
}
