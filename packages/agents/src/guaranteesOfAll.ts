import { claudeCode } from './claudeCode/guarantees.js'
import { codex } from './codex/guarantees.js'
import { copilot } from './copilot/guarantees.js'
import { gemini } from './gemini/guarantees.js'
import type { Guarantees } from './guarantees.js'
import { opencode } from './opencode/guarantees.js'
import { qwen } from './qwen/guarantees.js'

export const guaranteesOfAll: readonly Guarantees[] = [claudeCode, codex, copilot, gemini, opencode, qwen]
