import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  compatDecisionLog,
  compatHeartbeat,
  compatLock,
  compatRegistry,
  heartbeatFiles,
} from '@coordlog/coordination/compatDocuments'
import { leaseFileId } from '@coordlog/coordination/fileNames'
import { shownJson } from '@coordlog/coordination/shownText'
import type { Lease, State } from '@coordlog/coordination/state'
import type { Present } from '@coordlog/coordination/views'
import { decisionFileText, fingerprintOf } from './decisionFile.js'
import { decisionFile, lockFolder } from './handwork.js'
import { type Marker, traceOf, writeMarker } from './marker.js'
import { namesIn } from './worktrees.js'

/** Everything that is to be in the files, as text made only when it is needed. The same for every worktree. */
export interface Projection {
  sequence: number
  registry: string
  locks: Map<string, { lease: Lease; text(): string }>
  heartbeats: Map<string, { said: string; text(): string }>
  decisions: { fingerprint: string; text(): string }
}

export function projectionOf(state: State, present: Present, decisionsMax: number | undefined): Projection {
  const leases = Object.values(state.leases).flat()
  return {
    sequence: state.sequence,
    registry: print(compatRegistry(state, present)),
    locks: new Map(leases.map((lease) => [leaseFileId(lease), { lease, text: () => print(compatLock(state, lease)) }])),
    heartbeats: new Map(
      [...heartbeatFiles(state)].map(([id, instance]) => {
        const said = `${instance.events} ${instance.lastSeenAt}`
        return [id, { said, text: () => print(compatHeartbeat(instance)) }]
      }),
    ),
    decisions: {
      fingerprint: fingerprintOf(state, decisionsMax),
      text: () => decisionFileText(compatDecisionLog(state, decisionsMax), print),
    },
  }
}

function print(document: object): string {
  return `${shownJson(document, 2)}\n`
}

/** Brings one worktree's files up to date; what is right already is not written again. The marker comes last. */
export function writeFiles(folder: string, projection: Projection, before: Marker | undefined): void {
  const write = writerInto(folder)
  const heartbeatFolder = join(folder, 'heartbeats')
  makeFolder(lockFolder(folder))
  makeFolder(heartbeatFolder)
  write(join(folder, 'work-registry.json'), projection.registry)
  const { decisions, locks, heartbeats } = projection
  const isAsLeft = before?.head.decisionFile === traceOf(decisionFile(folder))
  if (!isAsLeft || before?.head.decisions !== decisions.fingerprint) write(decisionFile(folder), decisions.text())
  const marker: Marker = {
    head: { sequence: projection.sequence, decisions: decisions.fingerprint, decisionFile: '', lockFolder: '' },
    locks: {},
    heartbeats: {},
  }
  const lockNames = new Set(namesIn(lockFolder(folder)))
  for (const [id, { lease, text }] of locks) {
    const { path, token, renewedSequence: changed } = lease
    if (!lockNames.has(`${id}.json`) || before?.locks[id]?.changed !== changed)
      write(join(lockFolder(folder), `${id}.json`), text())
    marker.locks[id] = { path, token, changed }
  }
  const heartbeatNames = new Set(namesIn(heartbeatFolder))
  for (const [id, { said, text }] of heartbeats) {
    if (!heartbeatNames.has(`${id}.json`) || before?.heartbeats[id] !== said)
      write(join(heartbeatFolder, `${id}.json`), text())
    marker.heartbeats[id] = said
  }
  removeOthers(lockFolder(folder), lockNames, locks, /^\d+-.*-[0-9a-f]{8}$/)
  removeOthers(heartbeatFolder, heartbeatNames, heartbeats, /./)
  marker.head.decisionFile = traceOf(decisionFile(folder))
  marker.head.lockFolder = traceOf(lockFolder(folder))
  writeMarker(folder, marker)
}

/**
 * Aside and renamed: a reader sees the old file or the new one, whole. Nothing is synced, since all of it can be made again.
 * Of what this costs, nearly all is the file system's own care for a file that replaces another (ext4: 1 ms).
 */
function writerInto(folder: string): (file: string, text: string) => void {
  const aside = join(folder, '.projection.tmp')
  return (file, text) => {
    rmSync(aside, { force: true })
    writeFileSync(aside, text, { flag: 'wx', mode: 0o600 })
    renameSync(aside, file)
  }
}

/** A folder of its own: one that is a link would have us write somewhere else. Nothing above it is made: it may just be going. */
function makeFolder(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) mkdirSync(folder)
  if (!lstatSync(folder).isDirectory()) throw new NoFolder(folder)
}

export class NoFolder extends Error {
  override readonly name = 'NoFolder'

  constructor(folder: string) {
    super(`${folder} is no folder of its own, so nothing is written into it; remove it, and it is made anew`)
  }
}

/** `ours`: names that only coordlog gives; a file that somebody else put there stays. */
function removeOthers(
  folder: string,
  there: ReadonlySet<string>,
  wanted: ReadonlyMap<string, unknown>,
  ours: RegExp,
): void {
  for (const name of there) {
    const id = name.endsWith('.json') ? name.slice(0, -'.json'.length) : undefined
    if (id !== undefined && !wanted.has(id) && ours.test(id)) rmSync(join(folder, name), { force: true })
  }
}
