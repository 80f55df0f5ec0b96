import { type CalledEvent, settingsHooks } from '../settingsHooks.js'

/** Which events of Qwen Code call us. PostToolBatch comes for each call, also for one that was refused or said no to. */
export const agent = 'qwen'

/** In a repository, and in a person's home folder. */
export const settingsFile = '.qwen/settings.json'

const writeTools = 'write_file|edit|notebook_edit|run_shell_command'

/** Seconds. A hook that is cut off lets the edit through unchecked. */
const verdictTimeout = 10
const noticeTimeout = 5

const events: CalledEvent[] = [
  { event: 'SessionStart', timeout: verdictTimeout },
  { event: 'UserPromptSubmit', timeout: noticeTimeout },
  { event: 'PreToolUse', matcher: writeTools, timeout: verdictTimeout },
  { event: 'PostToolUse', matcher: writeTools, timeout: noticeTimeout },
  { event: 'PostToolUseFailure', matcher: writeTools, timeout: noticeTimeout },
  { event: 'PostToolBatch', timeout: noticeTimeout },
  { event: 'SubagentStart', timeout: noticeTimeout },
  { event: 'SubagentStop', timeout: noticeTimeout },
  { event: 'Stop', timeout: noticeTimeout },
  { event: 'StopFailure', timeout: noticeTimeout },
  { event: 'SessionEnd', timeout: noticeTimeout },
]

export const hooks = settingsHooks({
  name: agent,
  file: settingsFile,
  shell: 'bash',
  events,
  beforeEdit: 'PreToolUse',
  env: { QWEN_PROJECT_DIR: '{cwd}' },
})
