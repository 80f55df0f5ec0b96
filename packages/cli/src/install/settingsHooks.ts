import { join } from 'node:path'
import type { Place } from '@coordlog/runtime/place'
import type { AgentInstaller, Wiring } from './agent.js'
import { type HookEntry, type HookForm, oursIn, withHooks, withoutHooks } from './settings.js'
import { isVoidJson } from './sharedFile.js'
import { type ClientShell, isShellCommand, programIn, shellCommand } from './shellCommand.js'
import { wiringsAmong } from './wirings.js'

/** Clients whose hooks stand in a settings file of Claude Code's form, each a line for a shell: what differs between them is data. */
export interface SettingsClient {
  /** As in `coord hook AGENT`. */
  name: string
  /** In a repository, and in a person's home folder. */
  file: string
  shell: ClientShell
  events: readonly CalledEvent[]
  /** The event that can refuse an edit. */
  beforeEdit: string
  /** What a handler says of itself beside what it runs. */
  label?: { name: string }
  /** What the client sets for a hook. `{cwd}` stands for the working folder. */
  env: Readonly<Record<string, string>>
  /** Whose file of the repository it reads; without it, that of the worktree. */
  checkoutOf?(place: Place): { folder: string; isOfMainCheckout: boolean }
}

export interface CalledEvent {
  event: string
  matcher?: string
  /** In the client's unit. */
  timeout: number
}

type SettingsHooks = Pick<AgentInstaller, 'files' | 'wirings' | 'calls'> & {
  /** What a handler of ours runs. */
  commandOf(handler: unknown): string | undefined
}

export function settingsHooks(client: SettingsClient): SettingsHooks {
  const { name, file, shell, events, beforeEdit, label, env } = client
  const commandOf = (handler: unknown) => commandIn(handler, name)
  const form: HookForm = { isOurs: (handler) => commandOf(handler) !== undefined }
  const entriesFor = (line: string): HookEntry[] =>
    events.map(({ event, matcher, timeout }) => ({
      event,
      group: {
        ...(matcher !== undefined && { matcher }),
        hooks: [{ ...label, type: 'command', command: line, timeout }],
      },
    }))
  return {
    commandOf,
    files({ target, scope, home, coordlogRoot }, command) {
      const entries = entriesFor(shellCommand(name, shell, scope, coordlogRoot))
      const settings = {
        path: join(scope === 'user' ? home : target.worktree, file),
        put: (text: string) => withHooks(text, entries, form),
        take: (text: string) => withoutHooks(text, form),
        isVoid: isVoidJson,
        command,
      }
      return { own: [], shared: [settings] }
    },
    wirings: (place, home) => wiringsAmong(candidates(client, place, home), form),
    calls: (text) =>
      oursIn(text, form).map(({ event, handler }) => {
        const line = commandOf(handler) ?? ''
        const program = programIn(line)
        const start = { file: shell === 'bash' ? 'bash' : 'sh', args: ['-c', line], env }
        return { event, isBeforeEdit: event === beforeEdit, ...(program !== undefined && { program }), start }
      }),
  }
}

function candidates({ file, checkoutOf }: SettingsClient, place: Place, home: string): Wiring[] {
  const { folder, isOfMainCheckout } = checkoutOf?.(place) ?? { folder: place.worktree, isOfMainCheckout: false }
  return [
    { path: join(folder, file), scope: 'project', isOfMainCheckout },
    { path: join(home, file), scope: 'user', isOfMainCheckout: false },
  ]
}

function commandIn(handler: unknown, agent: string): string | undefined {
  if (typeof handler !== 'object' || handler === null || !('command' in handler)) return undefined
  const { command } = handler
  return typeof command === 'string' && isShellCommand(command, agent) ? command : undefined
}
