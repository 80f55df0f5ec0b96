import { claudeCode } from './claudeCode/adapter.js'
import { codex } from './codex/adapter.js'
import type { AgentAdapter } from './contract.js'
import { copilot } from './copilot/adapter.js'
import { gemini } from './gemini/adapter.js'
import { opencode } from './opencode/adapter.js'
import { qwen } from './qwen/adapter.js'

/** By the name in `coord hook AGENT`. */
const adapters: ReadonlyMap<string, AgentAdapter> = new Map([
  ['claude-code', claudeCode],
  ['codex', codex],
  ['copilot', copilot],
  ['gemini', gemini],
  ['opencode', opencode],
  ['qwen', qwen],
])

export const allAdapters: readonly AgentAdapter[] = [...adapters.values()]

export const agentNames: readonly string[] = [...adapters.keys()]

export function adapterFor(agentName: string): AgentAdapter | undefined {
  return adapters.get(agentName)
}
