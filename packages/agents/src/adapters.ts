import type { AgentName } from './agentNames.js'
import { claudeCode } from './claudeCode/adapter.js'
import { codex } from './codex/adapter.js'
import type { AgentAdapter } from './contract.js'
import { copilot } from './copilot/adapter.js'
import { gemini } from './gemini/adapter.js'
import { opencode } from './opencode/adapter.js'
import { qwen } from './qwen/adapter.js'

const adapters: Readonly<Record<AgentName, AgentAdapter>> = {
  'claude-code': claudeCode,
  codex,
  copilot,
  gemini,
  opencode,
  qwen,
}

const byName: ReadonlyMap<string, AgentAdapter> = new Map(Object.entries(adapters))

export const allAdapters: readonly AgentAdapter[] = Object.values(adapters)

export function adapterFor(agentName: string): AgentAdapter | undefined {
  return byName.get(agentName)
}
