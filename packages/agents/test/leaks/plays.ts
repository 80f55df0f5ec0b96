import { claudeCode } from './claudeCode.js'
import { codex } from './codex.js'
import { copilot } from './copilot.js'
import type { Play } from './play.js'

export const plays: readonly Play[] = [claudeCode, codex, copilot]
