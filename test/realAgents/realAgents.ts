import { claudeCode } from './claudeCode.js'
import { codex } from './codex.js'
import { copilot } from './copilot.js'
import { gemini } from './gemini.js'
import { opencode } from './opencode.js'
import { qwen } from './qwen.js'
import type { RealAgent } from './realAgent.js'

/** Every agent that coordlog can be put into, as it really is. */
export const realAgents: readonly RealAgent[] = [claudeCode, codex, copilot, gemini, opencode, qwen]
