/** As in `coord hook AGENT`. */
export const agentNames = ['claude-code', 'codex', 'copilot', 'gemini', 'opencode', 'qwen'] as const

export type AgentName = (typeof agentNames)[number]
