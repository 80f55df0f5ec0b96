import type { Command } from '../define.js'
import { bashScript } from './bash.js'
import { fishScript } from './fish.js'
import { completables } from './words.js'
import { zshScript } from './zsh.js'

export const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

export function scriptFor(shell: Shell, commands: Readonly<Record<string, Command>>): string {
  return scripts[shell](completables(commands))
}
