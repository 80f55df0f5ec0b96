import type { Granted, Notice, Refusal, ToldClaim, UnseenEdit } from '@coordlog/coordination/commands'
import { formatDuration } from '@coordlog/coordination/duration'
import { resourceMeaning, resourceOf } from '@coordlog/coordination/resources'
import { quoted } from '@coordlog/coordination/shownText'
import type { Bypass } from '@coordlog/coordination/state'
import { known, type OwnCommands } from './ownCommands.js'
import { clockTime, named, shellWord } from './wording.js'

/**
 * What the model and the person read. Facts, not instructions; whatever another session or its user wrote stands in a quotation
 * that names it as such. `now`: ISO 8601.
 */

const refusalsMax = 5
/** Clients cut a reason at 10,000 characters; the facts of five holders take at most 6,500 of them. */
const namesCharactersMax = 3_000
const quotedRole = 64
const quotedTask = 200

/** The reason of a refusal, for the model whose edit was stopped. */
export function denial(refusals: readonly Refusal[], now: string, own: OwnCommands = known): string {
  return refused(refusals, now, own, 'Nothing was written.')
}

/** The same for a command line, of which nothing has run. */
export function commandDenial(refusals: readonly Refusal[], now: string, own: OwnCommands = known): string {
  return refused(refusals, now, own, 'The command was not run.')
}

function refused(refusals: readonly Refusal[], now: string, own: OwnCommands, outcome: string): string {
  const [first] = refusals
  if (first === undefined) return `coordlog refused this. ${outcome}`
  const told = refusals.slice(0, refusalsMax).map((refusal) => refusalText(refusal, now))
  return [...told, ...namesOf(refusals.slice(refusalsMax)), `${outcome} ${waysOn(first, now, own)}`].join('\n')
}

/** The rest of a long list: each file with its holder, as long as there is room. */
function namesOf(refusals: readonly Refusal[]): string[] {
  const lines: string[] = []
  let characters = 0
  for (const refusal of refusals) {
    const line = `${lockedBy(refusal)}.`
    characters += line.length + 1
    if (characters > namesCharactersMax) break
    lines.push(line)
  }
  const left = refusals.length - lines.length
  return left === 0 ? lines : [...lines, `${left} more of the files are held too; \`coord status\` lists them.`]
}

function refusalText(refusal: Refusal, now: string): string {
  if (refusal.isInLine) return `${lockedBy(refusal)}.\n${inLineFacts(refusal, now)}`
  const facts = holderFacts(refusal, now)
  return [`${lockedBy(refusal)}.`, facts, ...preemptedFact(refusal), ...prospectFact(refusal.priority, now)].join('\n')
}

/** The same where the policy only warns: the edit went ahead. */
export function warning(refusals: readonly Refusal[], now: string): string {
  return refusals
    .slice(0, refusalsMax)
    .map((refusal) =>
      [
        `WARNING: ${lockedBy(refusal)}`,
        'You may want to wait or check the work registry (coord status)',
        holderFacts(refusal, now),
        'This edit was let through because the configuration says enforce = warn.',
      ].join('\n'),
    )
    .join('\n')
}

/** The guide's words for a file: people and scripts look for them. */
export function lockedBy({ path, holder, isInLine }: Refusal): string {
  const meaning = resourceMeaning(path)
  const what = meaning === undefined ? `File ${named(path)}` : `Resource ${named(path)} (${meaning})`
  if (isInLine) return `${what} is kept for instance ${named(holder)}, which is first in line for it`
  return `${what} is locked by instance ${named(holder)}`
}

/** For the model whose command may write what others hold; it was let through. */
export function uncertain(refusals: readonly Refusal[], now: string): string {
  const told = refusals
    .slice(0, refusalsMax)
    .map(
      (each) =>
        `coordlog: this command may write a file that it does not name for certain. ${lockedBy(each)}. ${holderFacts(each, now)}`,
    )
  const rest = refusals.length - told.length
  if (rest > 0) told.push(`${rest} more files in its reach are held by other instances.`)
  return told.join('\n')
}

/** For the holder of files that somebody else changed. */
export function bypassNews(bypasses: readonly Bypass[], now: string): string {
  const told = bypasses.slice(-refusalsMax).map(({ path, suspect, tool, at, sequence }) => {
    const who =
      suspect === undefined
        ? 'somebody whom coordlog does not know (a person, a program, a command in the background)'
        : `instance ${named(suspect)}${tool === undefined ? '' : ` (${quoted(tool, quotedRole)})`}`
    return (
      `coordlog: file ${named(path)}, which this session holds, was changed by ${who}; noticed at ${clockTime(at)} ` +
      `(${between(at, now)} ago, event ${sequence}). What this session remembers of the file may be out of date; reading it ` +
      'again first shows what it holds now.'
    )
  })
  const rest = bypasses.length - told.length
  if (rest > 0) told.unshift(`coordlog: ${rest} more files that this session holds were changed by others.`)
  return told.join('\n')
}

function holderFacts(refusal: Refusal, now: string): string {
  const { path, since, expiresAt, worktree } = refusal
  const [what, again] = resourceOf(path) === undefined ? ['the file', 'edits it'] : ['the resource', 'uses it']
  return (
    `${whoQuoted(refusal.holderRole, refusal.holderTask)} ` +
    `It holds ${what} since ${clockTime(since)} (${between(since, now)} ago) until ${clockTime(expiresAt)} ` +
    `(in ${between(now, expiresAt)}), longer if it ${again} again, shorter if its turn ends first. ` +
    `${livenessFact(refusal, now)} Its worktree: ${named(worktree)}.`
  )
}

function inLineFacts({ holderRole, holderTask, since, expiresAt }: Refusal, now: string): string {
  return (
    `${whoQuoted(holderRole, holderTask)} Its role ranks above this session's for that file (setting lock.priority). ` +
    `It asked at ${clockTime(since)} and keeps its place until ${clockTime(expiresAt)} (in ${between(now, expiresAt)}), ` +
    'or until it has had the file.'
  )
}

/** Why the session that held the file a moment ago is refused it now. */
function preemptedFact({ holder, holderRole, since, preempted }: Refusal): string[] {
  if (!preempted) return []
  return [
    `It was taken over from this session at ${clockTime(since)}: the role of ${named(holder)}, ${quoted(holderRole, quotedRole)}, ` +
      'ranks above the role of this session for that file (setting lock.priority). This session was told before that it would be.',
  ]
}

const ranksAbove = 'The role of this session ranks above that of the holder for this file (setting lock.priority)'

function prospectFact(prospect: Refusal['priority'], now: string): string[] {
  if (prospect === undefined) return []
  const { mode, toldAt, takeableAt, isBusy } = prospect
  const first = `${ranksAbove}, so it is first in line`
  if (mode === 'queue') return [`${first}: a lower rank that asks meanwhile is refused.`]
  if (toldAt === undefined)
    return [
      `${first}. The holder will be told at its next hook; after that and a grace the file is given to who ranks above.`,
    ]
  if (takeableAt === undefined)
    return [
      `${first}. The holder was told at ${clockTime(toldAt)}. It took the file by hand, so it is not taken from it.`,
    ]
  if (takeableAt > now)
    return [
      `${first}. The holder was told at ${clockTime(toldAt)}; from ${clockTime(takeableAt)} (in ${between(now, takeableAt)}) the file is given to who ranks above and asks.`,
    ]
  return isBusy
    ? [
        `${first}. The holder was told at ${clockTime(toldAt)}, and a tool call of its is at the file now: it can be taken when that is over.`,
      ]
    : []
}

/** What a holder is told at its next hook. */
export function claimsContext(claims: readonly ToldClaim[], now: string): string {
  return claims
    .slice(0, 2 * refusalsMax)
    .map(({ path, by, role, task, takeableAt }) => {
      const when =
        takeableAt === undefined
          ? 'It is first in line: when this session gives the file back, that one gets it first.'
          : `If it asks again after ${clockTime(takeableAt)} (in ${between(now, takeableAt)}) and no tool call of this session is at the file, ` +
            'the file is given to it, and later edits here are refused. An unfinished change of the file had better be finished or undone by then.'
      return (
        `coordlog: instance ${named(by)} asked for file ${named(path)}, which this session holds. ` +
        `${whoQuoted(role, task)} Its role ranks above this session's for that file (setting lock.priority). ${when}`
      )
    })
    .join('\n')
}

function whoQuoted(role: string, task: string): string {
  const said = task === '' ? 'It named no task.' : `Task, in that session's words: ${quoted(task, quotedTask)}.`
  return `Role: ${quoted(role, quotedRole)}. ${said}`
}

function livenessFact({ holderLiveness, holderLastSeenAt }: Refusal, now: string): string {
  const seen = `its last sign of life came ${between(holderLastSeenAt, now)} ago`
  return holderLiveness === 'alive'
    ? `Its process is running; ${seen}.`
    : `Whether its process runs is not known; ${seen}.`
}

function waysOn({ path, expiresAt }: Refusal, now: string, { program, as }: OwnCommands): string {
  const word = shellWord(path)
  const waiting = word === undefined ? '' : ` \`${program} lock acquire ${word} --wait 5m${as}\` waits for it;`
  return (
    `Other files can be edited meanwhile. This one can be tried again after ${clockTime(expiresAt)} ` +
    `(in ${between(now, expiresAt)}) or sooner, once it has been read again;${waiting} \`${program} why ${word ?? 'PATH'}\` tells why it is held.`
  )
}

/** The reason of a refusal for files that others have changed and the model has not read since. */
export function staleness(edits: readonly UnseenEdit[], now: string): string {
  const told = edits.slice(0, refusalsMax).map((edit) => {
    const { at, sequence, role, task } = edit
    const when = `at ${clockTime(at)} (${between(at, now)} ago, event ${sequence})`
    return `${changedBy(edit)} ${when}, and this session has not read it since.\n${whoQuoted(role, task)}`
  })
  const rest = edits.length - told.length
  if (rest > 0) told.push(`${rest} more of the files were changed by other instances, unread.`)
  const [what, them] = edits.length === 1 ? ['the file', 'it'] : ['these files', 'them']
  return (
    `${told.join('\n')}\nNothing was written, because what this session remembers of ${what} is out of date. ` +
    `Reading ${them} again shows what stands there now. The next try goes through, unless ${what} changed once more.`
  )
}

export function changedBy({ path, by }: Pick<UnseenEdit, 'path' | 'by'>): string {
  return `File ${named(path)} was changed by instance ${named(by)}`
}

/** What is worth saying although the lease was granted; undefined when nothing is. */
export function grantContext(granted: Granted, now: string): string | undefined {
  const lines = [
    ...granted.takenFrom.map((taken) => takeover(taken)),
    ...granted.notices.map((notice) => noticeLine(notice, now)),
  ]
  return lines.length === 0 ? undefined : lines.slice(0, 2 * refusalsMax).join('\n')
}

const causes: Record<Granted['takenFrom'][number]['cause'], string> = {
  expired: 'its time had run out without another edit',
  dead: 'the process of that session is gone',
  parent: 'that session started this subagent, and is refused the file until this subagent ends',
  priority:
    "this session's role ranks above its role for that file (setting lock.priority); it was told, and the grace is over",
}

function takeover({ path, holder, cause, role, task }: Granted['takenFrom'][number]): string {
  const isFile = resourceOf(path) === undefined
  return (
    `coordlog: the lease of ${isFile ? 'file' : 'resource'} ${named(path)} was taken over from instance ${named(holder)}: ${causes[cause]}. ` +
    `${whoQuoted(role, task)}${cause === 'parent' ? '' : ` Its ${isFile ? 'edit of the file' : 'use of it'} may be unfinished.`}`
  )
}

function noticeLine(notice: Notice, now: string): string {
  if (notice.kind === 'other-worktree') {
    const { refusal } = notice
    return (
      `coordlog: in another worktree, ${lockedBy(refusal)}. ${holderFacts(refusal, now)} ` +
      'Both versions will have to be merged.'
    )
  }
  const { path, edit, role, task, otherWorktree } = notice
  return (
    `coordlog: file ${named(path)} was changed by instance ${named(edit.by)} at ${clockTime(edit.at)} ` +
    `(${between(edit.at, now)} ago, event ${edit.sequence})${otherWorktree ? ' in another worktree' : ''}, ` +
    `since this session last wrote it or began. ${whoQuoted(role, task)} ${afterChange(otherWorktree)}`
  )
}

function afterChange(otherWorktree: boolean): string {
  return otherWorktree
    ? 'Both versions will have to be merged.'
    : 'What this session remembers of the file may be out of date; reading it again first shows what it holds now.'
}

function between(from: string, to: string): string {
  return formatDuration(Date.parse(to) - Date.parse(from))
}

/** The guard is off, and why: for the person. `message` is an error's own sentence. */
export function guardOff(message: string): string {
  return `coordlog: edits of this session are not guarded against other sessions. ${message}`
}

export const guardOffContext =
  'coordlog could not look up the leases of other sessions. Until that is mended, edits here go ahead unguarded; the person has been told.'
