import type { AgentAdapter } from './contract.js'

/** By the name in `coord hook AGENT`. Only the one that is asked for is loaded. */
const adapters: ReadonlyMap<string, () => Promise<AgentAdapter>> = new Map([
  ['claude-code', async () => (await import('./claudeCode/adapter.js')).claudeCode],
])

export const agentNames: readonly string[] = [...adapters.keys()]

export async function adapterFor(agentName: string): Promise<AgentAdapter | undefined> {
  return adapters.get(agentName)?.()
}
