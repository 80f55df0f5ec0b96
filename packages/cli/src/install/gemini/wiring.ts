import { type CalledEvent, settingsHooks } from '../settingsHooks.js'

/** Which events of Gemini CLI call us. It has neither turns nor subagents of its own in its hooks. */
export const agent = 'gemini'

const writeTools = 'write_file|replace|run_shell_command'

/** Milliseconds. The client's own limit is 60 s; a hook that is cut off lets the edit through unchecked. */
const verdictTimeout = 10_000
const noticeTimeout = 5_000

const events: CalledEvent[] = [
  { event: 'SessionStart', timeout: verdictTimeout },
  { event: 'BeforeAgent', timeout: noticeTimeout },
  { event: 'BeforeTool', matcher: writeTools, timeout: verdictTimeout },
  { event: 'AfterTool', matcher: writeTools, timeout: noticeTimeout },
  { event: 'AfterAgent', timeout: noticeTimeout },
  { event: 'SessionEnd', timeout: noticeTimeout },
]

/** Its line ends with 0 whatever happens: the client takes a program that is missing for a refusal of every edit. */
export const hooks = settingsHooks({
  name: agent,
  file: '.gemini/settings.json',
  shell: 'bash',
  events,
  beforeEdit: 'BeforeTool',
  label: { name: 'coordlog' },
  env: { GEMINI_PROJECT_DIR: '{cwd}' },
})
