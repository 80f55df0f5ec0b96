import type { Guarantees } from '../guarantees.js'

export const qwen: Guarantees = {
  agent: 'qwen',
  title: 'Qwen Code',
  version: '0.24.4',
  configuration: 'project `.qwen/settings.json`, user `~/.qwen/settings.json`',
  given: [
    'A write of a held file is refused in every approval mode, and the model reads who holds it.',
    'Sessions and subagents are told apart, also in the background; each call is followed by its id.',
    'The session learns at its start who else is here and what was decided.',
  ],
  missing: [
    'With `-p` no SessionEnd comes: the session is counted out when its process has ended.',
    'Before a tool call the model can be told nothing but a refusal: other notices are shown to the person.',
    'A hook that fails lets the edit through.',
    'An interrupt (SIGINT, Esc) ends a turn without an event: what was written in it stays held until the next prompt, the end of its process, or five minutes after the last edit.',
  ],
  context: 'SessionStart, UserPromptSubmit, PostToolUse, PostToolBatch',
  leaseEnds: {
    succeeded: { sends: 'PostToolUse, PostToolBatch', endsWith: 'the end of the turn (Stop)' },
    failed: { sends: 'PostToolUseFailure, PostToolBatch', endsWith: 'that event' },
    refused: { sends: 'PostToolBatch', endsWith: 'there is none: a refusal leases nothing' },
    forbidden: {
      sends: 'PostToolBatch',
      endsWith: 'there is none, for hooks are asked after the person; if another hook says no, that event',
    },
    interrupted: { sends: 'PostToolUseFailure', endsWith: 'that event, else the next prompt' },
    killed: { endsWith: 'the end of its process' },
  },
}
