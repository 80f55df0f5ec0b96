import type { Guarantees } from '../guarantees.js'

export const codex: Guarantees = {
  agent: 'codex',
  title: 'Codex',
  version: '0.169.0',
  configuration: 'project `.codex/hooks.json`, user `~/.codex/hooks.json`',
  given: [
    'A patch that touches a held file is refused as a whole, and the model reads who holds which of its files.',
    'Sessions and subagents are told apart, also in code mode; the turn is known at every event.',
    'Moves count at both ends, deletions too; relative paths are taken from the working folder of the call.',
  ],
  missing: [
    'No hook runs before the person has trusted the project and each hook (type /hooks); until then they are skipped in silence. `coord doctor` asks Codex about it.',
    'In a linked worktree Codex runs the hooks of the main checkout, and only if the worktree has a `.codex` folder.',
    'A hook that fails, or an answer that it cannot read, lets the edit through.',
    'A model request that fails ends the turn without an event: a lease then ends with the next prompt, or five minutes after the last edit.',
  ],
  context: 'SessionStart, UserPromptSubmit, PreToolUse, PostToolUse, SubagentStart',
  leaseEnds: {
    succeeded: { sends: 'PostToolUse', endsWith: 'the end of the turn (Stop)' },
    failed: { endsWith: 'the next request to the model (PreModelRequest)' },
    refused: { endsWith: 'there is none: a refusal leases nothing' },
    forbidden: { endsWith: 'the next request to the model (PreModelRequest), else the end of the turn' },
    interrupted: { sends: 'Interrupt, SessionEnd', endsWith: 'that event' },
    killed: { endsWith: 'the end of its process' },
  },
}
