import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chat } from './chat.js'
import { type Installed, installOnce } from './install.js'
import { startModel } from './model.js'
import { type AgentRun, type AgentSession, type RealAgent, runClient } from './realAgent.js'

export const qwen: RealAgent = {
  agent: 'qwen',
  install() {
    const node = newNode()
    if ('missing' in node) return node
    return installOnce({
      name: '@qwen-code/qwen-code',
      version: '0.24.4',
      program: 'qwen',
      variable: 'COORDLOG_QWEN_BIN',
      isWithoutScripts: true,
    })
  },
  run,
}

/** The client asks for Node 22; its hooks go on finding the Node of this test. */
function newNode(): Installed {
  if (Number.parseInt(process.versions.node, 10) >= 22) return { client: process.execPath }
  return installOnce({ name: 'node', version: '22.23.3', program: 'node', variable: 'COORDLOG_NODE22_BIN' })
}

const settings = {
  security: { auth: { selectedType: 'openai' } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false },
}

async function run({ client, cwd, steps, onStart }: AgentSession): Promise<AgentRun> {
  const node = newNode()
  if ('missing' in node) throw new Error(node.missing)
  const model = await startModel(
    chat(({ path, content }) => ({ name: 'write_file', input: { file_path: path, content } })),
    steps,
  )
  const home = mkdtempSync(join(tmpdir(), 'coordlog-home-'))
  mkdirSync(join(home, '.qwen'))
  writeFileSync(join(home, '.qwen', 'settings.json'), JSON.stringify(settings))
  const env = {
    HOME: home,
    PATH: process.env['PATH'] ?? '',
    TERM: 'dumb',
    OPENAI_BASE_URL: `http://127.0.0.1:${model.port}/v1`,
    OPENAI_API_KEY: 'none',
    OPENAI_MODEL: 'scripted',
  }
  try {
    const args = [client, '--approval-mode', 'yolo', '-p', 'Make the change.']
    const ended = await runClient(node.client, args, { cwd, env, ...(onStart !== undefined && { onStart }) })
    if (model.failures.length > 0) throw model.failures[0]
    return { ...ended, requests: model.requests }
  } finally {
    await model.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  }
}
