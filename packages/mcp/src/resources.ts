import type { CommandLine } from './contract.js'

/** What can be read at an address, as the documents of the commands. */

export interface Resource {
  readonly uri: string
  readonly title: string
  readonly description: string
  readonly line: CommandLine
}

export interface Family {
  readonly uriTemplate: string
  readonly title: string
  readonly description: string
  line(value: string): CommandLine
}

function looking(...words: string[]): CommandLine {
  return { words, acting: 'nobody' }
}

export const resources: Readonly<Record<string, Resource>> = {
  status: {
    uri: 'coord://status',
    title: 'Status',
    description: 'Sessions, locks and the number of decisions, now',
    line: looking('status'),
  },
  instances: {
    uri: 'coord://instances',
    title: 'Instances',
    description: 'The agent sessions that take part',
    line: looking('instance', 'list'),
  },
  locks: { uri: 'coord://locks', title: 'Locks', description: 'Files that are held', line: looking('lock', 'list') },
  decisions: {
    uri: 'coord://decisions',
    title: 'Decisions',
    description: 'What the sessions decided, oldest first',
    line: looking('decisions', 'list'),
  },
  log: {
    uri: 'coord://log',
    title: 'History',
    description: 'The last hundred events',
    line: looking('log', '--limit=100'),
  },
}

export const families: Readonly<Record<string, Family>> = {
  decision: {
    uriTemplate: 'coord://decisions/{id}',
    title: 'Decision',
    description: 'One decision, whole',
    line: (id) => ({ words: ['decisions', 'show'], operands: [id], acting: 'nobody' }),
  },
  event: {
    uriTemplate: 'coord://log/{id}',
    title: 'Event',
    description: 'One event by its sequence, with its neighbours',
    line: (sequence) => ({ words: ['log', 'show'], operands: [sequence], acting: 'nobody' }),
  },
}
