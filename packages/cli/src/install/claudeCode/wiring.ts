import { join } from 'node:path'
import type { HookPort } from '@coordlog/resident/hookPort'
import type { WiringRequest } from '../agent.js'
import { sessionStartPath, shimPath } from '../files.js'
import type { HookEntry } from '../settings.js'
import { shellWord } from '../shellWord.js'

/**
 * Which events of Claude Code call us, and how our entries are told from everybody else's. Entries carry no key of our own:
 * other clients read the same file and some void it on a key that they do not know. What marks an entry is what it runs.
 */
interface CommandHandler {
  type: 'command'
  command: string
  /** Seconds. */
  timeout: number
}

/** The client posts the payload itself, and takes the answer for what a program would print. */
interface HttpHandler {
  type: 'http'
  url: string
  headers: { [name: string]: string }
  allowedEnvVars: string[]
  /** Seconds. */
  timeout: number
}

type Handler = CommandHandler | HttpHandler

const agent = 'claude-code'

const writeTools = 'Write|Edit|MultiEdit|NotebookEdit|Bash|PowerShell'

/**
 * The client's own limit is 600 s, so a hook that hangs would hold an edit for ten minutes. Ours gives up on a busy log after
 * one; ten leave room for a cold start on a machine under load, because a hook that is cut off lets the edit through
 * unchecked. Where nothing waits for a verdict, five; at SessionEnd any number of ours also lifts the client's 1.5 s.
 */
const verdictTimeout = 10
const noticeTimeout = 5

/**
 * PostToolUse tells of the tools that write. The sign of life after every other tool comes with PostToolBatch: one process for
 * all tool calls of a turn's step, where PostToolUse for all tools would start one for each call. It is also the only event
 * after a call that was refused or failed to validate. No matcher means all: an empty one makes another client drop the file.
 */
const events: { event: string; matcher?: string; timeout: number }[] = [
  { event: 'SessionStart', timeout: verdictTimeout },
  { event: 'UserPromptSubmit', timeout: noticeTimeout },
  { event: 'PreToolUse', matcher: writeTools, timeout: verdictTimeout },
  { event: 'PostToolUse', matcher: writeTools, timeout: noticeTimeout },
  { event: 'PostToolUseFailure', matcher: writeTools, timeout: noticeTimeout },
  { event: 'PermissionDenied', matcher: writeTools, timeout: noticeTimeout },
  { event: 'PostToolBatch', timeout: noticeTimeout },
  { event: 'SubagentStart', timeout: noticeTimeout },
  { event: 'SubagentStop', timeout: noticeTimeout },
  { event: 'Stop', timeout: noticeTimeout },
  { event: 'StopFailure', timeout: noticeTimeout },
  { event: 'CwdChanged', timeout: noticeTimeout },
  { event: 'SessionEnd', timeout: noticeTimeout },
]

/** Set by the client, and by the others that run these hooks. */
const projectFolder = '"${CLAUDE_PROJECT_DIR}"'

/** The start of a session brings the resident up, and a prompt brings it back: what it does not live for cannot be posted. */
const processes = ['SessionStart', 'UserPromptSubmit']

/**
 * project: the file is shared by all checkouts, so the command is relative to the one in which the client starts. local: the
 * client reads the main checkout's file in every linked worktree and then says the worktree's folder, where our files need not
 * be; only an absolute path reaches them. user: the same entries meet every repository of the machine, so they name the program.
 *
 * One line for the shell, not a program with arguments: other clients that run these hooks do not know `args`, split a path at its
 * blanks, and take any exit code but 0 for a refusal. It costs 0.4 ms.
 */
export function hookEntries({ scope, target, coordlogRoot, hookPort }: WiringRequest): HookEntry[] {
  const inWorktree = (path: string) =>
    scope === 'project' ? `${projectFolder}/${path}` : shellWord(join(target.worktree, path))
  const program = scope === 'user' ? shellWord(join(coordlogRoot, 'bin/coord')) : inWorktree(shimPath)
  return events.map(({ event, matcher, timeout }) => {
    const isStart = event === 'SessionStart' && scope !== 'user'
    const call = isStart ? `${inWorktree(sessionStartPath)} ${agent}` : `${program} hook ${agent}`
    const command: Handler = { type: 'command', command: `${call}${lettingGoOn}`, timeout }
    const handler = hookPort === undefined || processes.includes(event) ? command : posted(hookPort, timeout)
    return { event, group: { ...(matcher !== undefined && { matcher }), hooks: [handler] } }
  })
}

function posted({ port, token }: HookPort, timeout: number): HttpHandler {
  return {
    type: 'http',
    url: `http://127.0.0.1:${port}/hook/${agent}`,
    headers: { Authorization: `Bearer ${token}`, 'X-Coord-Project': '$CLAUDE_PROJECT_DIR' },
    allowedEnvVars: ['CLAUDE_PROJECT_DIR'],
    timeout,
  }
}

/** Whatever the program ends with, or where it is missing. */
const lettingGoOn = ' || :'

/**
 * Written by coordlog, this version or an earlier one: a command of ours, or a post to our resident. Version 0.1 wrote a program with
 * arguments. A later one adds its own forms and keeps these.
 */
export function isOurs(handler: unknown): boolean {
  if (postedTo(handler) !== undefined || programOf(handler) !== undefined) return true
  const { command, args } = commandOf(handler)
  if (args === undefined) return false
  if (sessionStartScript.test(command)) return args.length === 1 && args[0] === agent
  return /[/\\]bin[/\\]coord$/.test(command) && args.length === 2 && args[0] === 'hook' && args[1] === agent
}

/** What a command of ours runs, as a word of the shell. */
export function programOf(handler: unknown): string | undefined {
  const { command, args } = commandOf(handler)
  if (args !== undefined || !command.endsWith(lettingGoOn)) return undefined
  const call = command.slice(0, -lettingGoOn.length)
  const program = /^(.*[/\\]bin[/\\]coord'?) hook claude-code$/.exec(call)?.[1]
  return program ?? /^(.*[/\\]coordination-init\.sh'?) claude-code$/.exec(call)?.[1]
}

/** The path that such a word means in this worktree. */
export function pathOf(program: string, worktree: string): string {
  if (program.startsWith(projectFolder)) return worktree + program.slice(projectFolder.length)
  return program.startsWith("'") ? program.slice(1, -1).replaceAll(`'\\''`, "'") : program
}

/** A command of ours, for whoever starts it without the client's variables. */
export function lineOf(handler: unknown, worktree: string): string {
  const { command } = commandOf(handler)
  return command.startsWith(projectFolder) ? shellWord(worktree) + command.slice(projectFolder.length) : command
}

/** Where a handler of ours posts to. */
function postedTo(handler: unknown): string | undefined {
  if (typeof handler !== 'object' || handler === null || !('url' in handler)) return undefined
  const { url } = handler
  return typeof url === 'string' && /^http:\/\/127\.0\.0\.1:\d+\/hook\/claude-code$/.test(url) ? url : undefined
}

/**
 * Somebody else's entry (written by hand, or by the bash system that this one follows) for the session start script. The file at
 * that path becomes ours, so init puts our entry in its place; uninstall leaves alone what init has not put there.
 */
export function isForOurScript(handler: unknown): boolean {
  const { command, args } = commandOf(handler)
  return args === undefined && sessionStartScript.test(command.trim())
}

const sessionStartScript = /[/\\]\.claude[/\\]hooks[/\\]lifecycle[/\\]coordination-init\.sh["']?$/

function commandOf(handler: unknown): { command: string; args?: unknown[] } {
  if (typeof handler !== 'object' || handler === null) return { command: '' }
  const command = 'command' in handler && typeof handler.command === 'string' ? handler.command : ''
  return 'args' in handler && Array.isArray(handler.args) ? { command, args: handler.args } : { command }
}
