// alone
// timeout: 600s
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable, type Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { runHook } from '@coordlog/agents/runHook'
import type { EventData } from '@coordlog/coordination/events'
import type { LogRecord } from '@coordlog/log/contract'
import { openCoordination } from '@coordlog/runtime/coordination'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/**
 * Eight sessions ask for one file at once. The gate is standard input: every process is started and loaded before any of
 * them gets its payload. Most rounds are run by eight processes that live through all of them, because that is the tightest gate;
 * the rest by hooks as the client starts them. What counts is what the log holds.
 */

const racers = 8
const rounds = Number(process.env['COORDLOG_TEST_ROUNDS'] ?? 200)
const startedRounds = Math.ceil(rounds / 10)
const coord = fileURLToPath(new URL('../../bin/coord', import.meta.url))
type Racer = ChildProcessByStdio<Writable, Readable, Readable>

const race = suite('hooks racing for one file')

function repository(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-race-')))
  mkdirSync(join(folder, '.git'))
  writeFileSync(join(folder, '.git', 'HEAD'), 'ref: refs/heads/main\n')
  return folder
}

function payload(repo: string, racer: number, round: number): string {
  return JSON.stringify({
    session_id: `racer-${racer}`,
    transcript_path: '/dev/null',
    cwd: repo,
    hook_event_name: 'PreToolUse',
    tool_name: 'Write',
    tool_use_id: `toolu_${racer}_${round}`,
    tool_input: { file_path: `round-${round}.ts`, content: 'x' },
  })
}

function start(repo: string, file: string, args: string[]): Racer[] {
  const env = { PATH: process.env['PATH'], HOME: repo }
  return Array.from({ length: racers }, () => spawn(file, args, { cwd: repo, env, stdio: ['pipe', 'pipe', 'pipe'] }))
}

interface Answer {
  code: number | null
  stdout: string
  stderr: string
}

/** A hook of its own for each round: what it said when it has ended. */
function ended(hook: Racer): Promise<Answer> {
  let stdout = ''
  let stderr = ''
  hook.stdout.on('data', (chunk: Buffer) => (stdout += chunk))
  hook.stderr.on('data', (chunk: Buffer) => (stderr += chunk))
  return new Promise((resolve) => hook.once('close', (code) => resolve({ code, stdout, stderr })))
}

/** This file again, as a process that handles one payload after the other: a line in, a line out. */
async function handleLines(repo: string): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    let stdout = ''
    let stderr = ''
    const code = await runHook('claude-code', {
      stdin: Readable.from([Buffer.from(line)]),
      env: {},
      callerPid: 0,
      cwd: repo,
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
    })
    process.stdout.write(`${JSON.stringify({ code, stdout, stderr })}\n`)
  }
}

async function recordsOf(repo: string): Promise<LogRecord[]> {
  const { log, close } = await openCoordination({ cwd: repo, env: {}, lockDeadlineMs: 5_000 })
  const found: LogRecord[] = []
  for await (const record of log.read()) found.push(record)
  close()
  return found
}

/** Round → how often its file was granted, or refused. */
function outcomes(records: readonly LogRecord[], type: 'lock.acquired' | 'lock.denied', count: number): number[] {
  const counts = Array.from({ length: count }, () => 0)
  for (const record of records) {
    if (record.type !== type) continue
    // The log holds only what passed the schema of its type.
    const { paths } = record.data as EventData<typeof type>
    for (const path of paths) {
      const round = Number(/^round-(\d+)\.ts$/.exec(path)?.[1])
      counts[round] = (counts[round] ?? 0) + 1
    }
  }
  return counts
}

async function assertOneHolderEach(repo: string, count: number, answers: readonly Answer[]): Promise<void> {
  const records = await recordsOf(repo)
  const granted = outcomes(records, 'lock.acquired', count)
  const bad = granted.flatMap((holders, round) => (holders === 1 ? [] : [`round ${round}: ${holders} holders`]))
  assert.equal(bad, [])
  assert.ok(outcomes(records, 'lock.denied', count).every((refused) => refused === racers - 1))
  assert.is(records.filter(({ type }) => type === 'instance.registered').length, racers)
  const failed = answers.filter(({ code, stderr }) => code !== 0 || stderr !== '')
  assert.equal(failed, [])
  const refusals = answers.filter(({ stdout }) => stdout.includes('"permissionDecision":"deny"'))
  assert.is(refusals.length, count * (racers - 1), 'as many were told so')
}

race(`${rounds} rounds of ${racers} long-lived processes: one holder each`, async () => {
  const repo = repository()
  const lived = start(repo, process.execPath, [fileURLToPath(import.meta.url), repo])
  const lines = lived.map((racer) => createInterface({ input: racer.stdout })[Symbol.asyncIterator]())
  const answers: Answer[] = []
  for (let round = 0; round < rounds; round++) {
    for (const [racer, { stdin }] of lived.entries()) stdin.write(`${payload(repo, racer, round)}\n`)
    for (const line of lines) answers.push(JSON.parse(String((await line.next()).value)))
  }
  for (const { stdin } of lived) stdin.end()
  await assertOneHolderEach(repo, rounds, answers)
  rmSync(repo, { recursive: true })
})

race(`${startedRounds} rounds of ${racers} hooks through bin/coord: one holder each`, async () => {
  const repo = repository()
  const answers: Answer[] = []
  for (let round = 0; round < startedRounds; round++) {
    const hooks = start(repo, coord, ['hook', 'claude-code'])
    const done = hooks.map(ended)
    for (const [racer, { stdin }] of hooks.entries()) stdin.end(payload(repo, racer, round))
    answers.push(...(await Promise.all(done)))
  }
  await assertOneHolderEach(repo, startedRounds, answers)
  rmSync(repo, { recursive: true })
})

const [, , repo] = process.argv
if (repo === undefined) race.run()
else await handleLines(repo)
