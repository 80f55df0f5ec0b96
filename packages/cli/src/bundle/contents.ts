import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { arch, platform, release } from 'node:os'
import { redactedPath } from '@coordlog/coordination/redaction'
import { isCode } from '@coordlog/log/errors'
import type { VerifyReport } from '@coordlog/log/verify'
import { configEntries, readConfig } from '@coordlog/runtime/config'
import { fileSystemUnder } from '@coordlog/runtime/fileSystemKind'
import { hooksLogFile } from '@coordlog/runtime/hooksLog'
import { buildOf } from '@coordlog/runtime/installation'
import { deepestExisting, type Place } from '@coordlog/runtime/place'
import type { Context } from '../context.js'
import type { Check } from '../doctor/check.js'
import { versionText } from '../version.js'

/** What a bundle holds besides the log. Only what is named here goes in: no token, no environment, no file as it stands. */

export interface Look {
  readonly place: Place
  readonly context: Context
  readonly isRedacted: boolean
}

export function versionsOf({ place, context }: Look): object {
  return {
    coordlog: versionText,
    build: buildOf(context.coordlogRoot) ?? null,
    node: process.versions.node,
    system: `${platform()} ${release()} ${arch()}`,
    fileSystem: fileSystemUnder(deepestExisting(place.directory))?.name ?? null,
    place: place.kind,
  }
}

export function doctorOf({ isRedacted }: Look, checks: readonly Check[]): object {
  return isRedacted ? checks.map(({ name, result }) => ({ name, result })) : checks
}

/** Reasons may quote bytes of the log, and files lie in folders that have names. */
export function verdictOf({ isRedacted }: Look, report: VerifyReport): object {
  if (!isRedacted) return report
  const { ok, firstSequence, sequence, segments, archivedSegments, snapshots, damage, seals, notices } = report
  const { sealed, compared, unsealed, faults } = seals
  return {
    ok,
    firstSequence,
    sequence,
    segments,
    archivedSegments,
    snapshots: snapshots.map(({ sequence: at, verdict }) => ({ sequence: at, verdict })),
    damage: damage && { kind: damage.kind, offset: damage.offset, lastGoodSequence: damage.lastGoodSequence },
    seals: { sealed, compared, unsealed, faults: faults.length },
    notices: notices.length,
  }
}

/** Settings that are known, by their values; of those that lead somewhere or open something only whether they are set. */
export function settingsOf({ place, isRedacted }: Look): object {
  const { config, problems } = readConfig(place)
  const settings = configEntries(config).map(({ key, value, default: usual }) => {
    if (value === usual) return [key, value]
    const isPrivate = /secret|token|password|key|url|webhook/i.test(key) || value.includes('://')
    if (isPrivate) return [key, '(set; left out)']
    return [key, isRedacted && value.includes('/') ? redactedPath(value, () => '…') : value]
  })
  return { settings: Object.fromEntries(settings), problems: isRedacted ? problems.length : problems }
}

const tailBytes = 65_536

/** The last lines of what hooks complained of; redacted, only when that was. */
export function hooksLogTail({ place, isRedacted }: Look): string {
  const lines = tailOf(hooksLogFile(place)).split('\n').slice(0, -1)
  const shownLines = isRedacted ? lines.map((line) => /^\d{4}-[\d:.T-]+Z(?= )/.exec(line)?.[0] ?? '-') : lines
  return shownLines.map((line) => `${line}\n`).join('')
}

function tailOf(file: string): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return ''
    throw error
  }
  try {
    const start = Math.max(0, fstatSync(descriptor).size - tailBytes)
    const bytes = Buffer.alloc(tailBytes)
    const text = bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, tailBytes, start))
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    closeSync(descriptor)
  }
}

export function readme(name: string, isRedacted: boolean, isDamaged: boolean): string {
  const words = isRedacted
    ? `REDACTED: what anybody wrote (tasks, roles, reasons, decisions, names of people, machines and branches) was taken out, and files
and folders have other names, the same for the same throughout. Events, their order and times, and who met whom on which file
are as they were. The chain of checksums was worked out anew over what is left, so it proves this bundle, not the original.`
    : `NOT redacted: tasks, reasons, decisions and paths are as they were recorded. coord bundle --redact takes them out.`
  return `A bundle of coord bundle, for a bug report.

${words}
${isDamaged ? '\nThe log is damaged: verify.json says where. A redacted history ends before the damage.\n' : ''}
bundle.json   what was bundled, when, and the versions
verify.json   coord verify, of the original
doctor.json   coord doctor
config.json   settings that are not secret
hooks.log     the last lines of what hooks complained of
coordlog/     the log, or its last part

  tar xzf ${name}.tar.gz
  coord verify --dir ${name}/coordlog
  coord status --dir ${name}/coordlog --at SEQUENCE
`
}
