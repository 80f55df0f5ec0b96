import type { Place } from '@coordlog/runtime/place'
import { type CalledEvent, settingsHooks } from '../settingsHooks.js'

/**
 * Which events of Codex call us. It matches the tool that patches files by the aliases Edit and Write, its shell as Bash. A failing patch has no event
 * after it, so PreModelRequest, which comes once in each step, says that the calls before it are over.
 */
export const agent = 'codex'

/** How it is found on a machine. */
export const client = { programs: ['codex'], homeFolder: '.codex' }

/** In a repository, and in a person's home folder. */
export const hooksFile = '.codex/hooks.json'

const writeTools = 'Edit|Write|Bash'

/** Seconds. A hook that is cut off lets the edit through unchecked. The client gives SessionEnd three at most. */
const verdictTimeout = 10
const noticeTimeout = 5
const lastTimeout = 3

const events: CalledEvent[] = [
  { event: 'SessionStart', timeout: verdictTimeout },
  { event: 'UserPromptSubmit', timeout: noticeTimeout },
  { event: 'PreToolUse', matcher: writeTools, timeout: verdictTimeout },
  { event: 'PostToolUse', matcher: writeTools, timeout: noticeTimeout },
  { event: 'PreModelRequest', timeout: noticeTimeout },
  { event: 'SubagentStart', timeout: noticeTimeout },
  { event: 'SubagentStop', timeout: noticeTimeout },
  { event: 'Stop', timeout: noticeTimeout },
  { event: 'Interrupt', timeout: noticeTimeout },
  { event: 'SessionEnd', timeout: lastTimeout },
]

/** In a linked worktree the client reads the main checkout's file, and its own only as the sign that there is one. */
function checkoutOf({ worktree, mainCheckout }: Place): { folder: string; isOfMainCheckout: boolean } {
  return mainCheckout === undefined || mainCheckout === worktree
    ? { folder: worktree, isOfMainCheckout: false }
    : { folder: mainCheckout, isOfMainCheckout: true }
}

/** The client trusts a hook by the hash of its entry: whatever changes here is asked about again. */
export const hooks = settingsHooks({
  name: agent,
  file: hooksFile,
  shell: 'any',
  events,
  beforeEdit: 'PreToolUse',
  env: {},
  checkoutOf,
})
