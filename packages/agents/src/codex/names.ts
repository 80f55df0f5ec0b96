/** The tool that writes files. Everything else that writes goes through the shell. */
export const patchTool = 'apply_patch'
export const shellTool = 'Bash'

/** Events of which nothing is recorded but that the session lives. Any other name is new to us, and said in the hook log. */
export const otherEvents: ReadonlySet<string> = new Set([
  'PermissionRequest',
  'PostCompact',
  'PostModelRequest',
  'PreCompact',
])
