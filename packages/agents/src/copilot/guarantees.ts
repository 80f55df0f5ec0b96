import type { Guarantees } from '../guarantees.js'

export const copilot: Guarantees = {
  agent: 'copilot',
  title: 'GitHub Copilot CLI',
  version: '1.0.102',
  configuration: 'project `.github/hooks/coordlog.json`, user `~/.copilot/hooks/coordlog.json`',
  given: [
    'A write of a held file is refused, and the model reads who holds it; a patch is refused as a whole.',
    'Sessions and subagents are told apart: each subagent is a session of its own.',
    'Where `.claude/settings.json` has our hooks too, Copilot runs them as well. They answer only if it has none of its own; nothing is recorded twice.',
  ],
  missing: [
    'Calls have no id: two calls that write the same file at the same time count as one.',
    'A hook that ends with anything but 0 refuses the edit, so ours always ends with 0; one that takes too long lets it through.',
    'The hook is a line for bash: on Windows, where Copilot asks for PowerShell, nothing is guarded.',
    'Repository hooks run only in a folder that the person trusts.',
    'A refusal by the user or a rule has no event: the lease of that call ends with the turn.',
  ],
  context: 'SessionStart, UserPromptSubmit, PreToolUse, PostToolUse',
  leaseEnds: {
    succeeded: { sends: 'PostToolUse', endsWith: 'the end of the turn (Stop)' },
    failed: { sends: 'PostToolUseFailure', endsWith: 'that event' },
    refused: { endsWith: 'there is none: a refusal leases nothing' },
    forbidden: { endsWith: 'the end of the turn (Stop)' },
    interrupted: { sends: 'SessionEnd', endsWith: 'that event' },
    killed: { endsWith: 'the end of its process' },
  },
}
