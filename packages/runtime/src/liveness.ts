import { closeSync, openSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import type { Liveness, ProcessIdentity } from '@coordlog/coordination/vocabulary'
import { childProcess } from './lateModules.js'
import { isAbsence } from './place.js'
import { errorCode } from './problems.js'

/**
 * Whether a process that was recorded earlier still runs. A pid alone says nothing: it is used again. So its start time
 * and the boot belong to it; in another pid namespace, on another machine or after a restart the answer is "unknown", and then
 * only expiry counts.
 */

interface Machine {
  bootId: string
  pidNamespace: string
}

interface ProcessRow {
  startedAt: string
  /** The leader of its login session: for a terminal, the shell. */
  sessionLeader: number | undefined
  isZombie: boolean
}

export function processIdentity(pid: number): ProcessIdentity | undefined {
  const row = processRow(pid)
  return row === undefined ? undefined : { pid, startedAt: row.startedAt, ...machine() }
}

export function livenessOf(identity: ProcessIdentity | undefined): Liveness {
  if (identity === undefined) return 'unknown'
  const { bootId, pidNamespace } = machine()
  if (identity.bootId !== bootId || identity.pidNamespace !== pidNamespace || bootId === '') return 'unknown'
  const row = processRow(identity.pid)
  // Some systems do not show the processes of others, which run all the same.
  if (row === undefined) return exists(identity.pid) ? 'unknown' : 'dead'
  return row.startedAt === identity.startedAt && !row.isZombie ? 'alive' : 'dead'
}

/** The process that leads the login session of `pid`, when it runs and the system tells; else `pid` itself. */
export function terminalProcess(pid: number): ProcessIdentity | undefined {
  const leader = processRow(pid)?.sessionLeader
  const identity = leader === undefined || leader === 0 ? undefined : processIdentity(leader)
  return identity ?? processIdentity(pid)
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false
    if (errorCode(error) === 'EPERM') return true
    throw error
  }
}

function processRow(pid: number): ProcessRow | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return process.platform === 'linux' ? linuxRow(pid) : portableRow(pid)
}

/** proc(5): after the name in parentheses, which may hold anything, come state, ppid, pgrp, session, …, and 20th the start time. */
function linuxRow(pid: number): ProcessRow | undefined {
  const stat = beginningOf(`/proc/${pid}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startedAt = fields?.[19]
  if (fields === undefined || startedAt === undefined) return undefined
  return { startedAt, sessionLeader: Number(fields[3]), isZombie: fields[0] === 'Z' || fields[0] === 'X' }
}

function portableRow(pid: number): ProcessRow | undefined {
  const line = command('ps', ['-o', 'stat=,lstart=', '-p', String(pid)])
  const match = line?.match(/^(\S+)\s+(.+)$/)
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  return { startedAt: match[2].trim(), sessionLeader: undefined, isZombie: match[1].startsWith('Z') }
}

let known: Machine | undefined

function machine(): Machine {
  known ??=
    process.platform === 'linux'
      ? { bootId: readOptional('/proc/sys/kernel/random/boot_id')?.trim() ?? '', pidNamespace: pidNamespace() }
      : { bootId: command('sysctl', ['-n', 'kern.bootsessionuuid']) ?? '', pidNamespace: '' }
  return known
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch (error) {
    if (isAbsence(error) || errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM') return ''
    throw error
  }
}

const statBytes = Buffer.alloc(1_024)

/** In three calls: views ask about every process that there is. */
function beginningOf(path: string): string | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, 'r')
    return statBytes.toString('latin1', 0, readSync(descriptor, statBytes))
  } catch (error) {
    if (isProcessGone(error)) return undefined
    throw error
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** ESRCH: it went away between open and read. */
function isProcessGone(error: unknown): boolean {
  const code = errorCode(error)
  return isAbsence(error) || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM'
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isProcessGone(error)) return undefined
    throw error
  }
}

function command(file: string, args: string[]): string | undefined {
  try {
    return (
      childProcess()
        .execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 2_000 })
        .trim() || undefined
    )
  } catch (error) {
    // Not there, or it said no: then nothing is known.
    if (error instanceof Error) return undefined
    throw error
  }
}
