import { FilePath, NotebookPath } from './payload.js'

export const shellTool = 'run_shell_command'

/** Tools that write files, and how their input says which. */
export const writingTools: ReadonlyMap<string, (input: unknown) => string> = new Map([
  ['write_file', filePath],
  ['edit', filePath],
  ['notebook_edit', (input: unknown) => NotebookPath().parse(input).notebook_path],
])

function filePath(input: unknown): string {
  return FilePath().parse(input).file_path
}

/** Events of which nothing is recorded but that the session lives. Any other name is new to us, and said in the hook log. */
export const otherEvents: ReadonlySet<string> = new Set([
  'InstructionsLoaded',
  'MessageDisplay',
  'Notification',
  'PermissionRequest',
  'PostCompact',
  'PreCompact',
  'SessionDelete',
  'TodoCompleted',
  'TodoCreated',
  'UserPromptExpansion',
])
