import type { Guarantees } from '../guarantees.js'

export const claudeCode: Guarantees = {
  agent: 'claude-code',
  title: 'Claude Code',
  version: '2.1.330',
  configuration: 'project `.claude/settings.json`, local `.claude/settings.local.json`, user `~/.claude/settings.json`',
  given: [
    'A write of a held file is refused in every permission mode, and the model reads who holds it.',
    'Sessions and subagents are told apart; a subagent may take over what its own session holds.',
    'The session learns at its start who else is here and what was decided, and its shell knows its id.',
  ],
  missing: [
    'Two sessions of one process (after /clear or /resume) are told apart, but only one of them lives.',
    'Hooks posted to the resident do not say which process they come from; its end is then seen by time alone, unless a start or a prompt said it.',
  ],
  context: 'SessionStart, UserPromptSubmit, PreToolUse, PostToolUse, SubagentStart',
  leaseEnds: {
    succeeded: { sends: 'PostToolUse, PostToolBatch', endsWith: 'the end of the turn (Stop)' },
    failed: { sends: 'PostToolUseFailure, or only PostToolBatch', endsWith: 'that event' },
    refused: { sends: 'PostToolBatch', endsWith: 'there is none: a refusal leases nothing' },
    forbidden: { sends: 'PermissionDenied, or only PostToolBatch', endsWith: 'that event' },
    interrupted: { endsWith: 'the next prompt, else the next edit of another turn, else the end of its process' },
    killed: { endsWith: 'the end of its process' },
  },
}
