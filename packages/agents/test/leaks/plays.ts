import { claudeCode } from './claudeCode.js'
import { codex } from './codex.js'
import { copilot } from './copilot.js'
import { gemini } from './gemini.js'
import { opencode } from './opencode.js'
import type { Play } from './play.js'
import { qwen } from './qwen.js'

export const plays: readonly Play[] = [claudeCode, codex, copilot, gemini, opencode, qwen]
