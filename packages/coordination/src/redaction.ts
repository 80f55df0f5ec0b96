import { isEventType, type RecordedEvent } from './events.js'
import { resourceOf } from './resources.js'
import type { State } from './state.js'
import {
  categories,
  decisionStatuses,
  enforceModes,
  holdModes,
  importedKinds,
  priorityModes,
  readModes,
  scopes,
  worktreeModes,
} from './vocabulary.js'

/**
 * History without its words: the same events at the same times, by the same instances about the same files, but nothing that
 * anybody wrote. What is not known to be harmless goes. The same text has the same pseudonym everywhere, so that it stays visible
 * who stood in whose way.
 */

/** Another word for a text: the same for the same, and not to be guessed from. */
export type Pseudonym = (text: string) => string

/** Words of coordlog itself and of its clients, which say nothing of anybody. */
const knownWords: ReadonlySet<string> = new Set([
  ...categories,
  ...decisionStatuses,
  ...enforceModes,
  ...holdModes,
  ...importedKinds,
  ...priorityModes,
  ...readModes,
  ...scopes,
  ...worktreeModes,
  ...[
    '',
    'alive',
    'dead',
    'unknown',
    'expired',
    'parent',
    'priority',
    'stale',
    'working',
    'idle',
    'ended',
    'completed',
    'failed',
  ],
  ...['released', 'forced', 'call-ended', 'absent', 'tail', 'head note', 'coordlog', 'linux', 'darwin', 'win32'],
  ...['Edit', 'Write', 'MultiEdit', 'NotebookEdit', 'main', 'manual', 'cli', 'terminal', 'claude-code'],
  ...['startup', 'resume', 'clear', 'compact', 'logout', 'prompt_input_exit', 'other'],
])

const pathFields = new Set([
  'path',
  'paths',
  'renewed',
  'unleased',
  'files',
  'worktree',
  'cwd',
  'leases',
  'claims',
  'holds',
])

/** Names for which the same one must stay the same one. */
const idFields = new Set(
  (
    'id by instance instances holder parent ended supersedes supersededBy session sessions liveness call calls turn ' +
    'lastEditCall lastHeartbeatRequest preempted suspect was stamp requestId imported content startedAt bootId pidNamespace user host branch quarantine seenBy'
  ).split(' '),
)

const textFields = new Set(
  'task role roles title description problem rationale alternatives dependencies reason endReason text tool source'.split(
    ' ',
  ),
)

/** Of these a text stays only if it is a known word or a time. */
const plainFields = new Set(
  (
    'at expiresAt grantedAt registeredAt lastSeenAt endedAt token cause enforced policy enforce hold ttlMs worktrees staleMs ' +
    'status category scope from to outcome kind resumed os process pid part segment offset bytes sequence notedSequence ' +
    'durableSequence released expired takenFrom heldBy contents original registeredSequence lastSeenSequence events phase ' +
    'claimed since claimedUntil until inLine asked takeableAt priority mode graceMs rules told byHand changes bypasses ' +
    'lastRefusal renewedSequence established decisions decisionNumbers filesCount unknownTypes ' +
    'reads stale seen unread edits'
  ).split(' '),
)

/** Objects whose keys are not names of fields. */
const dictionaries = new Set(
  'instances sessions leases claims files holds imported liveness decisionNumbers unknownTypes'.split(' '),
)

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const day = /^\d{8}$/
const decisionId = /^DEC-\d{8}-\d{4,9}$/
const madeId = /^([a-z-]{1,20})-(\d{8}-\d{6}-[0-9a-f]{8,32})$/
const madePrefixes = new Set(['claude', 'manual'])

export function redactedEvent<E extends RecordedEvent>(event: E, pseudonym: Pseudonym): E {
  const isKnown = isEventType(event.type) || /^log\.[a-z]{1,20}$/.test(event.type)
  const data = isKnown ? redacted('data', event.data, pseudonym) : {}
  return { ...event, type: redactedType(event.type), by: redactedId(event.by, pseudonym), data }
}

/** The state that the same events would have led to, had each of them been redacted. It shares nothing with the one given. */
export function redactedState(state: State, pseudonym: Pseudonym): unknown {
  return redacted('state', state, pseudonym)
}

function redactedType(type: string): string {
  return isEventType(type) || type.startsWith('log.') ? type : 'unknown.redacted'
}

function redacted(field: string, value: unknown, pseudonym: Pseudonym): unknown {
  if (typeof value === 'string') return redactedText(field, value, pseudonym)
  if (Array.isArray(value)) return value.map((each) => redacted(field, each, pseudonym))
  if (typeof value !== 'object' || value === null) return value
  if (dictionaries.has(field)) return redactedDictionary(field, value, pseudonym)
  const kept = Object.entries(value).filter(([key]) => isField(key))
  return Object.fromEntries(kept.map(([key, each]) => [key, redacted(key, each, pseudonym)]))
}

function isField(key: string): boolean {
  return pathFields.has(key) || idFields.has(key) || textFields.has(key) || plainFields.has(key)
}

function redactedDictionary(field: string, dictionary: object, pseudonym: Pseudonym): unknown {
  const found = new Map<string, unknown>()
  for (const [key, each] of Object.entries(dictionary)) {
    const name = field === 'unknownTypes' ? redactedType(key) : redactedText(field, key, pseudonym)
    const before = found.get(name)
    const value = redacted(`${field}'s`, each, pseudonym)
    found.set(name, typeof before === 'number' && typeof value === 'number' ? before + value : value)
  }
  return Object.fromEntries(found)
}

function redactedText(field: string, text: string, pseudonym: Pseudonym): string {
  if (pathFields.has(field)) return redactedPath(text, pseudonym)
  if (knownWords.has(text) || time.test(text)) return text
  if (field === 'decisionNumbers' && day.test(text)) return text
  if (idFields.has(field) || field === "sessions's") return redactedId(text, pseudonym)
  return `[${pseudonym(text)}, ${text.length} characters]`
}

/** Ids that coordlog makes tell when; those that somebody chose tell what. */
function redactedId(id: string, pseudonym: Pseudonym): string {
  if (knownWords.has(id) || decisionId.test(id)) return id
  const [, prefix = '', rest] = madeId.exec(id) ?? []
  if (rest === undefined) return pseudonym(id)
  return madePrefixes.has(prefix) ? id : `agent-${rest}`
}

/** Name by name, so that what lies in one folder still does. What is no file but one of the repository's resources keeps its name. */
export function redactedPath(path: string, pseudonym: Pseudonym): string {
  const resource = resourceOf(path)
  if (resource !== undefined) {
    const worktree = path.slice(resource.length + 1)
    return worktree === '' ? resource : `${resource}:${pseudonym(worktree)}`
  }
  return path
    .split('/')
    .map((name) => (['', '.', '..'].includes(name) ? name : pseudonym(name)))
    .join('/')
}
