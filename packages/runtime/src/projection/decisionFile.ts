import type { State } from '@coordlog/coordination/state'
import { crypto } from '../lateModules.js'

/**
 * decision-log.json says of itself whether it is as coordlog wrote it: a person may edit it, and their edit must be told from a
 * file that was written before its marker could be.
 */
const blank = '0'.repeat(16)
const mark = /"written_by_coordlog": "([0-9a-f]{16})"/

export function decisionFileText(document: object, print: (document: object) => string): string {
  const text = print({ ...document, written_by_coordlog: blank })
  return text.replace(mark, `"written_by_coordlog": "${digest(text)}"`)
}

export function isAsWritten(text: string): boolean {
  const found = mark.exec(text)?.[1]
  return found !== undefined && found === digest(text.replace(mark, `"written_by_coordlog": "${blank}"`))
}

function digest(text: string): string {
  return crypto().createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** Whether a file of that fingerprint shows as many decisions as it should. */
export function isShownSoFar(fingerprint: string, decisionsMax: number | undefined): boolean {
  return fingerprint.endsWith(` ${decisionsMax ?? 'all'}`)
}

/** Another one whenever the decisions are others. They are only ever added, and change nothing but their status. */
export function fingerprintOf({ decisions }: State, decisionsMax: number | undefined): string {
  let hash = 0
  for (const { status, supersededBy = '' } of decisions) {
    hash = (Math.imul(hash, 31) + status.charCodeAt(0) * 256 + status.length * 16 + supersededBy.length) | 0
  }
  const last = decisions.at(-1)
  return `${decisions.length} ${last?.sequence ?? 0} ${hash} ${decisionsMax ?? 'all'}`
}
