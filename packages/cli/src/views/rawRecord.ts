import { shown, shownJson } from '@coordlog/coordination/shownText'
import { parseJson } from '@coordlog/log/chain'
import type { RawRecord } from '@coordlog/log/rawRecord'
import { timeText } from '../output/times.js'

/** The record with what is known of its bytes; a line that is no JSON has only those. */
export function rawDocument(raw: RawRecord): object {
  const { bytes, ...stored } = raw
  return {
    ...recordIn(raw),
    stored: { ...stored, bytes: bytes.length, line: bytes.toString('utf8').trimEnd(), sound: isSound(raw) },
  }
}

export function isSound({ written, computed }: RawRecord): boolean {
  return written !== undefined && written === computed
}

function recordIn({ bytes }: RawRecord): Record<string, unknown> {
  const value = parseJson(bytes.toString('utf8'))
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

export function rawLines(raw: RawRecord): string[] {
  const { ts, type, by, data } = recordIn(raw)
  const { sequence, bytes, file, offset, isArchived, written = 'none', computed, before, after } = raw
  const check = isSound(raw)
    ? 'is what its bytes give'
    : computed === undefined
      ? 'cannot be checked: the line before it is not there'
      : `IS NOT what its bytes give: ${computed}`
  return [
    `Sequence: ${sequence}`,
    `  Time: ${timeText(String(ts))}`,
    `  Type: ${shown(String(type))}`,
    `  By: ${shown(String(by))}`,
    ...shownJson(data ?? null, 2)
      .split('\n')
      .map((line, index) => (index === 0 ? `  Data: ${line}` : `  ${line}`)),
    `  Checksum: ${shown(written)}, ${check}`,
    `  Chain: ${sequence === 1 ? 'genesis' : `event ${sequence - 1}`} ${before ?? 'not there'} → ${shown(written)} → ${after === undefined ? 'nothing yet' : `event ${sequence + 1} ${after}`}`,
    `  Stored: ${bytes.length} bytes at byte ${offset} of ${isArchived ? 'the segment packed in ' : ''}${shown(file)}`,
    `  Bytes: ${shown(bytes.toString('utf8'))}`,
  ]
}
