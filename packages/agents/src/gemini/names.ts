/** Tools that write the file that they name. Everything else that writes goes through the shell. */
export const writingTools: ReadonlySet<string> = new Set(['write_file', 'replace'])

export const shellTool = 'run_shell_command'

/** Events of which nothing is recorded but that the session lives. Any other name is new to us, and said in the hook log. */
export const otherEvents: ReadonlySet<string> = new Set([
  'AfterModel',
  'BeforeModel',
  'BeforeToolSelection',
  'Notification',
  'PreCompress',
])
