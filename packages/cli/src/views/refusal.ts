import type { Refusal, Replies } from '@coordlog/coordination/commands'
import { resourceMeaning } from '@coordlog/coordination/resources'
import { shown } from '@coordlog/coordination/shownText'
import { type Failure, refused } from '../exit/failure.js'
import { orNone } from '../output/columns.js'
import { shellWord } from '../output/shellWord.js'
import { timeAndAge } from '../output/times.js'

export const livenessTexts = {
  alive: 'its process is alive',
  dead: 'its process is gone',
  unknown: 'whether its process runs is unknown',
} as const

/** The guide's words first, so that whoever looks for them finds them; then what helps to decide what to do. */
export function refusalLines(refusal: Refusal, now: string): string[] {
  return [
    `${whatIs(refusal.path)} is locked by instance ${shown(refusal.holder)}`,
    `  Role: ${shown(orNone(refusal.holderRole))}`,
    `  Task: ${shown(orNone(refusal.holderTask))}`,
    `  Reason: ${shown(orNone(refusal.reason))}`,
    `  Since: ${timeAndAge(refusal.since, now)}, token ${refusal.token}`,
    `  Until: ${timeAndAge(refusal.expiresAt, now)}, unless it edits the file again`,
    `  Last Seen: ${timeAndAge(refusal.holderLastSeenAt, now)}; ${livenessTexts[refusal.holderLiveness]}`,
  ]
}

function whatIs(path: string): string {
  const meaning = resourceMeaning(path)
  return meaning === undefined ? `File ${shown(path)}` : `Resource ${shown(path)} (${shown(meaning)})`
}

type Denied = Extract<Replies['lock.acquire'], { kind: 'denied' }>

/** The refusal of a lock: what a person does next stands at its end. */
export function heldFailure({ refusals, enforced }: Denied, now: string, typed: readonly string[]): Failure {
  const [first] = refusals
  const again = [...(typed.some((path) => path.startsWith('-')) ? ['--'] : []), ...typed.map(shellWord)].join(' ')
  const lines = [
    ...refusals.flatMap((refusal) => refusalLines(refusal, now)),
    ...(enforced ? [] : ['enforce is "warn" here: agents are told of this and edit all the same.']),
    `Wait for it: coord lock acquire --wait 5m ${again}`,
    ...(refusals.some(({ holderLiveness }) => holderLiveness !== 'alive')
      ? ['If that instance is gone: coord lock cleanup']
      : []),
  ]
  return refused('held', lines.join('\n'), { path: first?.path, holder: first?.holder, enforced, refusals })
}

type NotHolder = Extract<Replies['lock.release'], { kind: 'not-holder' }>

export function notHolderFailure({ refusals }: NotHolder, now: string, by: string): Failure {
  const [first] = refusals
  const lines = [
    ...refusals.flatMap((refusal) => refusalLines(refusal, now)),
    `You act as instance ${shown(by)}, so it is not yours to release.`,
    `Act as its holder with --instance ID, or end it for good reason: coord lock release --force --reason "…" -- ${refusals
      .map(({ path }) => shellWord(path))
      .join(' ')}`,
  ]
  return refused('not-holder', lines.join('\n'), { path: first?.path, holder: first?.holder, by, refusals })
}
