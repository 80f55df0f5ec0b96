import { claudeCode } from './claudeCode/guarantees.js'
import { codex } from './codex/guarantees.js'
import { copilot } from './copilot/guarantees.js'
import type { Guarantees } from './guarantees.js'

export const guaranteesOfAll: readonly Guarantees[] = [claudeCode, codex, copilot]
