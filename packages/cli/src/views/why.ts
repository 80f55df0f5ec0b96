import { quoted, shown } from '@coordlog/coordination/shownText'
import type { Statement, Why } from '@coordlog/coordination/why'
import { orNone } from '../output/columns.js'
import { shellWord } from '../output/shellWord.js'
import { timeAndAge } from '../output/times.js'
import { takeoverTexts } from './grant.js'
import { livenessTexts } from './refusal.js'

/** Each line ends with the events on which it rests: coord show N shows one. */
export function whyLines(why: Why, at: string, isPast: boolean): string[] {
  const path = shown(why.path)
  const lines = [`${verdictText(why, path, isPast)}`]
  for (const statement of why.statements) {
    const text = statementText(statement, at)
    if (text !== '') lines.push(`  ${text}${restsText(statement.rests)}`)
  }
  if (why.statements.length === 0) lines.push('  No lock and no edit of it is on record.')
  return isPast ? lines : [...lines, ...nextCommands(why)]
}

function verdictText({ verdict }: Why, path: string, isPast: boolean): string {
  const would = isPast ? 'would have been' : 'would be'
  switch (verdict) {
    case 'refused':
      return `An edit of ${path} ${would} refused.`
    case 'stale':
      return `An edit of ${path} ${would} refused once: another instance has changed it since this one last read it.`
    case 'warned':
      return `An edit of ${path} ${would} let through with a warning (enforce is "warn").`
    case 'takeable':
      return `An edit of ${path} ${would} let through; its lock ${would} taken over.`
    case 'yours':
      return `An edit of ${path} ${would} let through: the lock is yours.`
    case 'free':
      return `An edit of ${path} ${would} let through: nobody who counts holds it.`
  }
}

const standingTexts: Record<Extract<Statement, { says: 'held' }>['standing'], string> = {
  blocks: '',
  yours: ' (this is you)',
  elsewhere: ' in another worktree, which does not count here',
  expired: ', and its time is up: whoever asks next gets it',
  dead: ', and its process is gone: whoever asks next gets it',
  parent: ', a parent of this instance, which gives way to it',
  priority:
    ', which ranks below this instance for the file and has been told: whoever ranks above gets it when it asks',
}

const holdTexts = {
  operation: 'when the tool call under it is over, or its turn or session ends',
  turn: 'when its turn or its session ends',
  session: 'when its session ends',
} as const

function statementText(statement: Statement, at: string): string {
  switch (statement.says) {
    case 'held': {
      const { holder, token, reason, standing } = statement
      const why = reason === '' ? '' : `, reason ${quoted(reason, 100)}`
      return `Held by instance ${shown(holder)}, token ${token}${why}${standingTexts[standing]}.`
    }
    case 'granted':
      return `Granted to ${shown(statement.holder)} ${timeAndAge(statement.at, at)}${statement.takenFrom
        .map(({ holder, cause }) => `, taken over from ${shown(holder)} (${takeoverTexts[cause]})`)
        .join('')}.`
    case 'renewed': {
      const { times, lastAt, lastBy } = statement
      return `Renewed ${times === 1 ? 'once' : `${times} times, last`} ${timeAndAge(lastAt, at)} by ${renewalText(lastBy)}.`
    }
    case 'holder': {
      const { holder, role, task, host } = statement
      const doing = task === '' ? 'it named no task' : `its task in its own words: ${quoted(task, 200)}`
      return `${shown(holder)}: role ${quoted(orNone(role), 64)}, ${shown(host)}; ${doing}.`
    }
    case 'seen':
      return `Its last event: ${shown(statement.type)} ${timeAndAge(statement.at, at)}; ${livenessTexts[statement.liveness]}.`
    case 'parent':
      return `Instance ${shown(statement.child)} works below ${shown(statement.holder)}.`
    case 'outranks':
      return outranksText(statement, at)
    case 'line': {
      const { by, role, since, until } = statement
      return `${shown(by)}, role ${quoted(orNone(role), 64)}, is first in line: it ranks higher (lock.priority), asked ${timeAndAge(since, at)}, and keeps its place until ${timeAndAge(until, at)} or until it has had the file.`
    }
    case 'refused':
      return refusedText(statement, at)
    case 'bypassed':
      return bypassedText(statement, at)
    case 'frees':
      return `It comes free when it is released, ${holdTexts[statement.hold]}, or ${timeAndAge(statement.expiresAt, at)} unless it edits the file again.`
    case 'ended':
      return endedText(statement, at)
    case 'unseen':
      return `Changed by ${shown(statement.by)} ${timeAndAge(statement.at, at)}, and not read by you since.`
    case 'edited':
      return `Last edited by ${shown(statement.by)} ${timeAndAge(statement.at, at)}.`
  }
}

function renewalText(type: string): string {
  return type === 'file.edited' ? 'an edit of it' : 'asking for it again'
}

function outranksText(statement: Extract<Statement, { says: 'outranks' }>, at: string): string {
  const { by, role, since, until, toldAt, takeableAt, isBusy, mode } = statement
  const rank = `${shown(by)}, role ${quoted(orNone(role), 64)}, ranks above the holder for this file (lock.priority, ${mode}).`
  const line =
    since === undefined
      ? 'It has not asked yet.'
      : `It asked ${timeAndAge(since, at)} and is first in line until ${timeAndAge(until ?? since, at)}.`
  if (since === undefined || mode === 'queue') return `${rank} ${line}`
  if (toldAt === undefined) return `${rank} ${line} The holder has not been told yet.`
  const told = `The holder was told ${timeAndAge(toldAt, at)}`
  if (takeableAt === undefined) return `${rank} ${line} ${told}, but took it by hand: it is not taken from it.`
  const busy = isBusy ? ', unless a tool call of the holder is still at it' : ''
  return `${rank} ${line} ${told}; it may be taken from ${timeAndAge(takeableAt, at)} on${busy}.`
}

function refusedText({ by, at: when, enforced }: Extract<Statement, { says: 'refused' }>, at: string): string {
  const what = enforced ? 'refused' : 'warned, and let through'
  return `${shown(by)} was ${what} because of it ${timeAndAge(when, at)}.`
}

function bypassedText({ suspect, tool, at: when }: Extract<Statement, { says: 'bypassed' }>, at: string): string {
  const who = suspect === undefined ? 'somebody unknown' : shown(suspect)
  const how = tool === undefined ? '' : ` through ${quoted(tool, 64)}`
  return `Changed behind this lock by ${who}${how}, noticed ${timeAndAge(when, at)}.`
}

const endingTexts: Record<Extract<Statement, { says: 'ended' }>['how'], string> = {
  released: 'it was released',
  forced: 'it was ended by force',
  'call-ended': 'its tool call ended without an edit',
  edited: 'its edit was done',
  turn: 'its turn was over',
  session: 'its session ended',
  cleanup: 'a cleanup found it expired or its session gone',
  'taken-over': 'it was taken over',
}

function endedText({ how, holder, by, reason, at: when }: Extract<Statement, { says: 'ended' }>, at: string): string {
  const who = by === holder ? '' : ` by ${shown(by)}`
  const why = reason === '' ? '' : `, reason ${quoted(reason, 100)}`
  return `That lock of ${shown(holder)} ended ${timeAndAge(when, at)}: ${endingTexts[how]}${who}${why}.`
}

const restsShown = 6

function restsText(rests: readonly number[]): string {
  if (rests.length === 0) return ''
  const listed =
    rests.length <= restsShown
      ? rests.join(', ')
      : `${rests.slice(0, 2).join(', ')} … ${rests.slice(-2).join(', ')}, ${rests.length} in all`
  return `  [${rests.length === 1 ? 'event' : 'events'} ${listed}]`
}

/** What can be run now, about this file as it stands. */
export function nextCommands({ path, verdict, statements }: Why): string[] {
  const file = shellWord(path)
  const liveness = statements.flatMap((statement) => (statement.says === 'seen' ? [statement.liveness] : []))
  const commands: string[] = []
  if (verdict === 'refused' || verdict === 'warned') {
    commands.push(`Wait for it: coord lock acquire --wait 5m ${file}`)
    if (liveness.some((each) => each !== 'alive')) commands.push('If that instance is gone: coord lock cleanup')
    commands.push(`End it for good reason: coord lock release --force --reason "…" ${file}`)
  } else if (verdict === 'stale') commands.push('Read the file again, then edit it.')
  else if (verdict === 'yours') commands.push(`Give it back: coord lock release ${file}`)
  else commands.push(`Lock it: coord lock acquire ${file}`)
  return [...commands, `The whole story: coord log --path ${file}`]
}
