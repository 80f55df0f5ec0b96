import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installOnce } from './install.js'
import { startModel } from './model.js'
import { type AgentRun, type AgentSession, type RealAgent, runClient } from './realAgent.js'
import { responses } from './responses.js'

export const codex: RealAgent = {
  agent: 'codex',
  install: () =>
    installOnce({ name: '@openai/codex', version: '0.169.0', program: 'codex', variable: 'COORDLOG_CODEX_BIN' }),
  run,
}

/** The project is trusted by its folder; trusting each hook would need a person, so this is bypassed. */
async function run({ client, cwd, steps, onStart }: AgentSession): Promise<AgentRun> {
  const model = await startModel(responses, steps)
  const home = mkdtempSync(join(tmpdir(), 'coordlog-home-'))
  mkdirSync(join(home, '.codex'))
  writeFileSync(join(home, '.codex', 'config.toml'), configuration(model.port, cwd))
  try {
    const ended = await runClient(
      client,
      ['exec', '--skip-git-repo-check', '--dangerously-bypass-hook-trust', 'Make the change.'],
      {
        cwd,
        env: { HOME: home, CODEX_HOME: join(home, '.codex'), PATH: process.env['PATH'] ?? '', TERM: 'dumb' },
        ...(onStart !== undefined && { onStart }),
      },
    )
    if (model.failures.length > 0) throw model.failures[0]
    return { ...ended, requests: model.requests }
  } finally {
    await model.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Without `plugins = false` the client looks for them in the network at each start. */
function configuration(port: number, cwd: string): string {
  return `model = "gpt-5.5"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.scripted]
name = "scripted"
base_url = "http://127.0.0.1:${port}/v1"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
supports_websockets = false

[features]
enable_request_compression = false
plugins = false

[analytics]
enabled = false

[projects.${JSON.stringify(cwd)}]
trust_level = "trusted"
`
}
