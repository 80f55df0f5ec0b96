import type { ShellCall } from '../contract.js'
import { FilePath, NotebookPath } from './payload.js'

/** Tools that write files, and how their input says which. */
export const writingTools: ReadonlyMap<string, (input: unknown) => string> = new Map([
  ['Write', filePath],
  ['Edit', filePath],
  ['MultiEdit', filePath],
  ['NotebookEdit', (input: unknown) => NotebookPath().parse(input).notebook_path],
])

function filePath(input: unknown): string {
  return FilePath().parse(input).file_path
}

/** Tools that run a command line, and whose language that is. */
export const shellTools: ReadonlyMap<string, ShellCall['dialect']> = new Map([
  ['Bash', 'posix'],
  ['PowerShell', 'powershell'],
])

/** They name a file, but only look at it. */
export const readingTools: ReadonlySet<string> = new Set(['Read', 'NotebookRead', 'Glob', 'Grep', 'LS', 'LSP'])

/** Events of which nothing is recorded but that the session lives. Any other name is new to us, and said in the hook log. */
export const otherEvents: ReadonlySet<string> = new Set([
  'ConfigChange',
  'DirectoryAdded',
  'Elicitation',
  'ElicitationResult',
  'FileChanged',
  'InstructionsLoaded',
  'MessageDisplay',
  'Notification',
  'PermissionRequest',
  'PostCompact',
  'PostModelSwitch',
  'PreCompact',
  'PreModelSwitch',
  'Setup',
  'TaskCompleted',
  'TaskCreated',
  'TeammateIdle',
  'UserPromptExpansion',
  'WorktreeRemove',
])
