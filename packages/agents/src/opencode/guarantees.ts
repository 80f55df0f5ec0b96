import type { Guarantees } from '../guarantees.js'

export const opencode: Guarantees = {
  agent: 'opencode',
  title: 'opencode',
  version: '1.18.33',
  configuration: 'project `.opencode/plugins/coordlog.js`, user `~/.config/opencode/plugins/coordlog.js`',
  given: [
    'A write or patch that touches a held file is stopped as a whole, and the model reads who holds which of its files.',
    'Sessions are told apart; a subagent, which is a session of its own here, may take over what its parent holds.',
    'A call costs a question over loopback and no process, as long as the resident lives.',
    'The session learns at its start who else is here and what was decided, and its shell knows its id.',
    'Notices reach the model: with the result of the call, or with the next prompt.',
  ],
  missing: [
    'At SIGINT and SIGTERM nothing comes at all: the session is counted out when its process has ended.',
    'Everything that one server runs has one process; while it runs, a session that was left counts as alive until it is deleted or its leases expire.',
    'A fault of the plugin or a missing coordlog lets the edit through, with a line in the hook log.',
    'A clone that has the plugin and not yet the files beside it (`coord init` writes them) waits at its first start while opencode installs the types of plugins.',
  ],
  context: 'chat.message, tool.execute.after',
  leaseEnds: {
    succeeded: { sends: 'tool.execute.after', endsWith: 'the end of the turn (session.idle)' },
    failed: { sends: 'message.part.updated with an error', endsWith: 'that event' },
    refused: { sends: 'message.part.updated with an error', endsWith: 'there is none: a refusal leases nothing' },
    forbidden: { sends: 'message.part.updated with an error', endsWith: 'that event' },
    interrupted: { endsWith: 'the next prompt, else the end of its process' },
    killed: { endsWith: 'the end of its process' },
  },
}
