import { appendFileSync, closeSync, fdatasyncSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { NewEvent } from '@coordlog/log/contract'
import { openFileLog } from '@coordlog/log/fileLog'
import { GENESIS_SEED } from '@coordlog/log/format'
import { hashFromHex, hexOf, loadHash } from '@coordlog/log/hash'
import { encodeRecord } from '@coordlog/log/record'

/** Somewhere events can be appended, by several processes at once, each event by itself. */
export interface Store {
  append(event: NewEvent): Promise<void> | void
  /** Several with one write and one sync; undefined where there is no such thing. */
  appendAll?(events: readonly NewEvent[]): Promise<void>
  /** Appends that had to be made again because another process came first. */
  readonly conflicts: number
  close(): void
}

/** Prepares the directory where needed; `isDurable`: every event on stable storage before append returns. */
export type OpenStore = (directory: string, isDurable: boolean) => Store | Promise<Store>

async function openAny(directory: string, isDurable: boolean): Promise<Store> {
  const log = await openFileLog(directory, { lockDeadlineMs: 60_000 })
  return {
    append: async (event) => {
      await log.append({ ...event, durable: isDurable }, 'any')
    },
    appendAll: async (events) => {
      const fill = (add: (event: NewEvent) => unknown): void => {
        for (const event of events) add({ ...event, durable: isDurable })
      }
      const result = await log.appendAll({ expected: log.head().sequence, ts: events[0]?.ts ?? '', fill })
      if (result.kind === 'conflict') throw new Error('a group is appended by one process alone')
    },
    conflicts: 0,
    close: log.close,
  }
}

async function openExact(directory: string, isDurable: boolean): Promise<Store> {
  const log = await openFileLog(directory, { lockDeadlineMs: 60_000 })
  let last = log.head().sequence
  let conflicts = 0
  return {
    append: async (event) => {
      for (;;) {
        const result = await log.append({ ...event, durable: isDurable }, last)
        last = result.sequence
        if (result.kind === 'appended') return
        conflicts += 1
      }
    },
    get conflicts() {
      return conflicts
    },
    close: log.close,
  }
}

/* What is installed for the comparison alone has no types at hand when the rest is compiled: these are the parts used. */

interface Database {
  pragma(text: string): unknown
  exec(text: string): unknown
  prepare(text: string): {
    run(...values: (string | number | Uint8Array)[]): unknown
    get(): { seq: number; h: string } | undefined
  }
  close(): void
}
type OpenDatabase = new (file: string, options: { timeout: number }) => Database

interface LockOptions {
  retries: { retries: number; minTimeout: number; maxTimeout: number }
}
interface ProperLockfile {
  lock(file: string, options: LockOptions): Promise<() => Promise<void>>
}

const require = createRequire(import.meta.url)

function databaseIn(directory: string, isDurable: boolean): Database {
  const Sqlite: OpenDatabase = require('better-sqlite3')
  mkdirSync(directory, { recursive: true })
  const database = new Sqlite(join(directory, 'events.db'), { timeout: 60_000 })
  database.pragma('journal_mode = WAL')
  database.pragma(`synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`)
  return database
}

function openSqlite(directory: string, isDurable: boolean): Store {
  const database = databaseIn(directory, isDurable)
  database.exec('CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, ts TEXT, type TEXT, by TEXT, data TEXT)')
  const insert = database.prepare('INSERT INTO events (ts, type, by, data) VALUES (?, ?, ?, ?)')
  return {
    append: ({ ts, type, by, data }) => {
      insert.run(ts, type, by, JSON.stringify(data))
    },
    conflicts: 0,
    close: () => database.close(),
  }
}

/** What an append of coordlog does: the end is looked at under the lock, and the record has its place in the chain. */
async function openChainedSqlite(directory: string, isDurable: boolean): Promise<Store> {
  await loadHash()
  const database = databaseIn(directory, isDurable)
  database.exec('CREATE TABLE IF NOT EXISTS chain (seq INTEGER PRIMARY KEY, h TEXT, line BLOB)')
  const begin = database.prepare('BEGIN IMMEDIATE')
  const last = database.prepare('SELECT seq, h FROM chain ORDER BY seq DESC LIMIT 1')
  const insert = database.prepare('INSERT INTO chain (seq, h, line) VALUES (?, ?, ?)')
  const commit = database.prepare('COMMIT')
  return {
    append: (event) => {
      begin.run()
      const found = last.get()
      const before = found === undefined ? GENESIS_SEED : hashFromHex(found.h)
      if (before === undefined) throw new Error('the last record has no hash')
      const sequence = (found?.seq ?? 0) + 1
      const { bytes, hash } = encodeRecord(event, sequence, before)
      insert.run(sequence, hexOf(hash), bytes)
      commit.run()
    },
    conflicts: 0,
    close: () => database.close(),
  }
}

function lineOf({ ts, type, by, data }: NewEvent): string {
  return `${JSON.stringify({ ts, type, by, data })}\n`
}

function appendLine(file: string, line: string, isDurable: boolean): void {
  if (!isDurable) {
    appendFileSync(file, line)
    return
  }
  const descriptor = openSync(file, 'a')
  writeSync(descriptor, line)
  fdatasyncSync(descriptor)
  closeSync(descriptor)
}

function preparedFile(directory: string): string {
  mkdirSync(directory, { recursive: true })
  const file = join(directory, 'events.ndjson')
  writeFileSync(file, '', { flag: 'a' })
  return file
}

function openLockfile(directory: string, isDurable: boolean): Store {
  const { lock }: ProperLockfile = require('proper-lockfile')
  const file = preparedFile(directory)
  return {
    append: async (event) => {
      const release = await lock(file, { retries: { retries: 10_000, minTimeout: 1, maxTimeout: 10 } })
      appendLine(file, lineOf(event), isDurable)
      await release()
    },
    conflicts: 0,
    close: () => undefined,
  }
}

function openPlain(directory: string, isDurable: boolean): Store {
  const file = preparedFile(directory)
  return {
    append: (event) => appendLine(file, lineOf(event), isDurable),
    conflicts: 0,
    close: () => undefined,
  }
}

export const stores: Readonly<Record<string, OpenStore>> = {
  'coordlog, wherever the end is': openAny,
  'coordlog, at the exact sequence': openExact,
  'better-sqlite3': openSqlite,
  'better-sqlite3, the same work': openChainedSqlite,
  'proper-lockfile + appendFileSync': openLockfile,
  'appendFileSync alone': openPlain,
}
