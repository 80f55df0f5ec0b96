import { shown } from '@coordlog/coordination/shownText'
import type { Delivered } from '@coordlog/resident/notify/deliver'
import type { Look } from '../notify/look.js'
import { timeAndAge } from '../output/times.js'

export function lookLines(
  { to, events, host, from, problem, cursor, waiting, waitingMax }: Look,
  now: string,
): string[] {
  if (to === 'off') return ['Nobody is told of events. Run: coord config set notify.to slack']
  return [
    `Told: ${to}${host === null ? '' : ` at ${shown(host)} (address from the ${from})`}`,
    `  Events: ${events.join(', ')}`,
    ...(problem === undefined ? [] : [`  Problem: ${shown(problem)}`]),
    ...(cursor === null
      ? ['  Nothing was told yet: it begins with what is recorded after the first look']
      : [
          `  Told up to event ${cursor.sequence}: ${cursor.delivered} delivered, ${cursor.skipped} given up`,
          ...(cursor.lastDeliveredAt === undefined
            ? []
            : [`  Last delivered: ${timeAndAge(cursor.lastDeliveredAt, now)}`]),
          `  Waiting: ${waiting === waitingMax ? `${waiting} or more` : waiting}`,
          ...attemptLines(cursor.attempt, now),
        ]),
  ]
}

function attemptLines(attempt: NonNullable<Look['cursor']>['attempt'], now: string): string[] {
  if (attempt === undefined) return []
  const { sequence, count, firstAt, nextAt, error, mayHaveArrived } = attempt
  const tried = `  Event ${sequence}: tried ${count === 1 ? 'once' : `${count} times`} since ${timeAndAge(firstAt, now)}`
  if (nextAt === undefined) return [`${tried}; a try is under way, or was cut off`]
  return [
    `${tried}; next try ${timeAndAge(nextAt, now)}${mayHaveArrived ? '; it may have arrived' : ''}`,
    `  Last answer: ${shown(error ?? '')}`,
  ]
}

export function deliveredLines(delivered: Delivered): string[] {
  switch (delivered.kind) {
    case 'busy':
      return ['Another process is sending; nothing to do here.']
    case 'off':
      return ['Nobody is told of events. Run: coord config set notify.to slack']
    case 'begun':
      return [`Begins after event ${delivered.sequence}: what is recorded from now on is told.`]
    case 'done': {
      const { sent, skipped } = delivered
      return [`Told of ${sent} events${skipped.length === 0 ? '' : `; given up: ${skipped.join(', ')}`}`]
    }
  }
}
