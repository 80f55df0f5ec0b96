import type { RecordedEvent } from './events.js'
import { isKnown, isOf } from './recorded.js'
import { quoted, shown } from './shownText.js'

/** An event as one sentence for people who are elsewhere. What agents wrote stands in quotation marks, on one line. */

const pathsMax = 3
const textMax = 200

export function notificationText(record: RecordedEvent): string {
  const by = shown(record.by)
  if (isOf(record, 'instance.registered')) {
    const { role, task, branch } = record.data
    const doing = task === '' ? '' : `, task ${quoted(task, textMax)}`
    const where = branch === undefined ? '' : `, branch ${quoted(branch, 100)}`
    return `Session started: ${by}, role ${quoted(role, 64)}${doing}${where}`
  }
  if (isOf(record, 'instance.ended')) {
    const { instance, reason, released } = record.data
    return `Session ended: ${shown(instance)}, ${quoted(reason, textMax)}${counted(released.length, ', locks given back: ')}`
  }
  if (isOf(record, 'decision.recorded')) {
    const { id, title, category, scope, supersedes } = record.data
    const instead = supersedes === undefined ? '' : `, in place of ${shown(supersedes)}`
    return `Decision ${shown(id)}: ${quoted(title, textMax)} (${category}, ${scope}${instead}), by ${by}`
  }
  if (isOf(record, 'decision.status_changed')) {
    const { id, from, to } = record.data
    return `Decision ${shown(id)}: ${from} → ${to}, by ${by}`
  }
  return lockText(record) ?? `${shown(record.type)} by ${by}${pathsIn(record)}`
}

function lockText(record: RecordedEvent): string | undefined {
  const by = shown(record.by)
  if (isOf(record, 'lock.denied')) {
    const { heldBy, inLine = [], paths, enforced } = record.data
    const whose = [...new Set([...heldBy.map(({ holder }) => holder), ...inLine.map((claim) => claim.by)])]
    const what = enforced ? 'was refused' : 'was warned about'
    return `${by} ${what} ${listed(paths)}: held by ${whose.slice(0, pathsMax).map(shown).join(', ')}`
  }
  if (isOf(record, 'lock.acquired')) {
    const from = (record.data.takenFrom ?? []).map(({ holder, cause }) => `${shown(holder)} (${cause})`)
    const taken = from.length === 0 ? '' : `, taken over from ${[...new Set(from)].slice(0, pathsMax).join(', ')}`
    return `${by} locked ${listed(record.data.paths)}${taken}`
  }
  if (isOf(record, 'lock.released')) {
    const { released, cause, reason } = record.data
    const why = reason === undefined ? '' : `, reason ${quoted(reason, textMax)}`
    return `${by} ended the lock of ${listed(released.map(({ path }) => path))} (${cause}${why})`
  }
  if (isOf(record, 'notice.delivered')) {
    return record.data.asked
      .slice(0, pathsMax)
      .map(
        ({ path, by: claimant }) =>
          `${by} was told that ${shown(claimant)}, which ranks above it, asked for ${listed([path])}`,
      )
      .join('; ')
  }
  if (!isOf(record, 'cleanup.completed')) return undefined
  const { expired, ended, released } = record.data
  return `Cleanup by ${by}: sessions ended ${ended.length}, locks freed ${expired.length + released.length}`
}

function pathsIn(record: RecordedEvent): string {
  if (!isKnown(record) || !isOf(record, 'file.edited', 'lock.renewed')) return ''
  return `: ${listed(record.data.paths)}`
}

function listed(paths: readonly string[]): string {
  const more = paths.length - pathsMax
  return `${paths
    .slice(0, pathsMax)
    .map((path) => quoted(path, textMax))
    .join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function counted(count: number, label: string): string {
  return count === 0 ? '' : `${label}${count}`
}

/**
 * For Slack. Its only special characters are these three; without them nothing is a link, a mention or <!channel>. What people
 * write as @channel is set apart, for clients that look for it.
 */
export function slackText(text: string, unitsMax: number): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '@': '@\u200b' }
  return eachCharacter(text, unitsMax, (character) => entities[character] ?? character)
}

/** For Discord: Markdown has no meaning in it, and no @ begins a mention. */
export function discordText(text: string, unitsMax: number): string {
  return eachCharacter(text, unitsMax, (character) => {
    if (character === '@') return '@\u200b'
    return /[\\*_~`|>#<[\]]/.test(character) ? `\\${character}` : character
  })
}

/** Cut between characters, never within what stands for one; "…" at the end then. */
function eachCharacter(text: string, unitsMax: number, written: (character: string) => string): string {
  let found = ''
  // An address is not made into a link then.
  for (const character of text.replaceAll('://', ':\u200b//')) {
    const next = written(character)
    if (found.length + next.length > unitsMax - 1) return `${found}…`
    found += next
  }
  return found
}
