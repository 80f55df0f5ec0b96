import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from './generate.js'
import { installOnce } from './install.js'
import { startModel } from './model.js'
import { type AgentRun, type AgentSession, type RealAgent, runClient } from './realAgent.js'

export const gemini: RealAgent = {
  agent: 'gemini',
  install: () =>
    installOnce({
      name: '@google/gemini-cli',
      version: '0.61.0',
      program: 'gemini',
      variable: 'COORDLOG_GEMINI_BIN',
      isWithoutScripts: true,
    }),
  run,
}

const settings = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
}

/** The folder is trusted as a person would have done it: by its entry in a file. */
async function run({ client, cwd, steps, onStart }: AgentSession): Promise<AgentRun> {
  const model = await startModel(generate, steps)
  const home = mkdtempSync(join(tmpdir(), 'coordlog-home-'))
  mkdirSync(join(home, '.gemini'))
  writeFileSync(join(home, '.gemini', 'settings.json'), JSON.stringify(settings))
  writeFileSync(join(home, '.gemini', 'trustedFolders.json'), JSON.stringify({ [cwd]: 'TRUST_FOLDER' }))
  const env = {
    HOME: home,
    PATH: process.env['PATH'] ?? '',
    TERM: 'dumb',
    GOOGLE_GEMINI_BASE_URL: `http://127.0.0.1:${model.port}`,
    GEMINI_API_KEY: 'none',
  }
  try {
    const args = ['-m', 'gemini-2.5-pro', '--approval-mode', 'yolo', '-p', 'Make the change.']
    const ended = await runClient(client, args, { cwd, env, ...(onStart !== undefined && { onStart }) })
    if (model.failures.length > 0) throw model.failures[0]
    return { ...ended, requests: model.requests }
  } finally {
    await model.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  }
}
