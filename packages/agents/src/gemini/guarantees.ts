import type { Guarantees } from '../guarantees.js'

export const gemini: Guarantees = {
  agent: 'gemini',
  title: 'Gemini CLI',
  version: '0.61.0',
  configuration: 'project `.gemini/settings.json`, user `~/.gemini/settings.json`',
  given: [
    'A write of a held file is refused in every approval mode, and the model reads who holds it.',
    'A hook that is missing or fails never stops an edit: the configured line ends well whatever becomes of coordlog.',
    'The session learns at its start who else is here and what was decided.',
  ],
  missing: [
    'Subagents look like their session: they share its leases, and what one of them holds its siblings may write.',
    'Calls have no id: two edits of one file by one session are one call.',
    'Hooks of a repository run only in a folder that the person trusts, and only when Gemini is started at the folder with `.gemini`. Elsewhere they are skipped in silence; `coord doctor` looks the trust up.',
    'Before a tool call the model can be told nothing but a refusal: other notices are shown to the person.',
    'When another hook refuses an edit that was announced to us, its lease lasts to the end of the turn.',
  ],
  context: 'SessionStart, BeforeAgent, AfterTool',
  leaseEnds: {
    succeeded: { sends: 'AfterTool', endsWith: 'the end of the turn (AfterAgent)' },
    failed: { sends: 'AfterTool with an error', endsWith: 'that event' },
    refused: { endsWith: 'there is none: a refusal leases nothing' },
    forbidden: {
      endsWith: 'there is none, for hooks are asked after the person; if another hook says no, the end of the turn',
    },
    interrupted: { sends: 'SessionEnd at SIGINT, nothing at Esc', endsWith: 'that event, else the next prompt' },
    killed: { endsWith: 'the end of its process' },
  },
}
