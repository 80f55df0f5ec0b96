import type { ShellCall } from '../contract.js'

/** Tools that write files, in both dialects. Their input names a path, or is a patch. */
export const writingTools: ReadonlySet<string> = new Set(['Write', 'Edit', 'create', 'edit', 'apply_patch'])

/** In both dialects, and whose language it is. */
export const shellTools: ReadonlyMap<string, ShellCall['dialect']> = new Map([
  ['Bash', 'posix'],
  ['bash', 'posix'],
  ['PowerShell', 'powershell'],
  ['powershell', 'powershell'],
])

/** Events of which nothing is recorded but that the session lives. Any other name is new to us, and said in the hook log. */
export const otherEvents: ReadonlySet<string> = new Set([
  'ErrorOccurred',
  'Notification',
  'PermissionRequest',
  'PostCompact',
  'PreCompact',
])
