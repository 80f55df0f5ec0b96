import { usage } from '../exit/failure.js'
import type { AgentInstaller } from './agent.js'
import { claudeCode } from './claudeCode/installer.js'
import { codex } from './codex/installer.js'
import { copilot } from './copilot/installer.js'
import { gemini } from './gemini/installer.js'
import { opencode } from './opencode/installer.js'
import { qwen } from './qwen/installer.js'
import type { Scope } from './scope.js'

/** Every agent program that coordlog can be put into. */
export const installers: readonly AgentInstaller[] = [claudeCode, codex, copilot, gemini, opencode, qwen]

/** Whom `coord init` means without a word. */
export const usual = claudeCode

export const installerNames: readonly string[] = installers.map(({ name }) => name)

/** `all`, or names. */
export function chosenInstallers(names: readonly string[]): readonly AgentInstaller[] {
  if (names.length === 0) return [usual]
  return names.includes('all') ? installers : installers.filter(({ name }) => names.includes(name))
}

/** `all` means those that have the scope; one that was named and has it not is a mistake. */
export function installersFor(names: readonly string[], scope: Scope): readonly AgentInstaller[] {
  const chosen = chosenInstallers(names)
  const without = chosen.find(({ scopes: its }) => !its.includes(scope))
  if (without !== undefined && !names.includes('all')) {
    throw usage(`${without.title} has no settings of scope ${scope}; it has: ${without.scopes.join(', ')}.`, { scope })
  }
  return chosen.filter(({ scopes: its }) => its.includes(scope))
}
