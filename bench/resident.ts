import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { fold } from '@coordlog/coordination/fold'
import { openFileLog } from '@coordlog/log/fileLog'
import { createGrouping } from '@coordlog/resident/grouping'
import { systemClock } from '@coordlog/runtime/clock'
import { lean } from '@coordlog/runtime/installation'
import { quietEnvironment } from './children.js'
import { fourPromises, type Promised } from './guide.js'
import { buildWorld, heldFile, type World, type WorldSize } from './hookWorld.js'
import { median, medianRatio, quantile, rounded } from './measure.js'
import type { Row, Table } from './results.js'
import { type Sampler, startSampler, word } from './sampler.js'
import type { Workbench } from './workbench.js'

/** What the resident promises: calls in a few times what a shell costs, http in less, at any size, in little memory. */

const program = join(import.meta.dirname, '../../bin')
/** A program for bash, as hooks run it; by its name it is found by env first, which costs 0.6 ms. */
const coord = `bash ${word(join(program, 'coord'))}`
const small: WorldSize = { instances: 1, leases: 10, events: 1_000 }
const large: WorldSize = { instances: 500, leases: 10_000, events: 1_000_000 }
const payloadBytes = 4_096
const rounds = 100
const warmUpRounds = 20

export async function residentTables(bench: Workbench): Promise<Table[]> {
  const [few, many] = [await buildWorld(bench, small), await buildWorld(bench, large)]
  const calls = await callsTable(bench, few, many)
  // Where nothing has been done yet: what a session holds already is looked at by each of its hooks.
  const session = await sessionTable(bench, await buildWorld(bench, small))
  const promises = await promisesTable(bench, await buildWorld(bench, small))
  const posts = await postsTable(await buildWorld(bench, small), many)
  return [calls, promises, session, posts, await groupsTable(bench)]
}

/** The resident as a session starts it. */
async function serve(world: World): Promise<{ process: ChildProcess; memoryMib(): number; end(): Promise<void> }> {
  writeFileSync(join(world.directory, 'resident.port'), `coordlog-hooks-1 ${portOf(world)} ${token}\n`, { mode: 0o600 })
  const words = [...lean, join(program, 'start.cjs'), 'serve', '--quiet', '--repo', world.repository]
  const child = spawn(process.execPath, words, { env: quietEnvironment(), stdio: 'ignore' })
  const ended = once(child, 'exit')
  for (let waitedMs = 0; !existsSync(join(world.directory, 'resident')); waitedMs += 50) {
    if (waitedMs > 20_000 || child.exitCode !== null) throw new Error('the resident did not start')
    await sleep(50)
  }
  return {
    process: child,
    memoryMib: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    end: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

const token = 'b'.repeat(64)

function portOf({ size }: World): number {
  return size === small ? 28_101 : 28_102
}

interface Case {
  title: string
  command(world: World): string
  exitCode: number
}

function hookCase(title: string, kind: 'grant' | 'refused' | 'heartbeat'): Case {
  const command = (world: World) => `${coord} hook claude-code <${word(world.payload(kind, payloadBytes))}`
  return { title, exitCode: 0, command }
}

const cases: readonly Case[] = [
  hookCase('hook: grant', 'grant'),
  hookCase('hook: refused', 'refused'),
  hookCase('hook: heartbeat', 'heartbeat'),
  { title: 'coord lock check', exitCode: 1, command: () => `${coord} lock check ${heldFile}` },
  { title: 'coord decisions list --limit 5', exitCode: 0, command: () => `${coord} decisions list --limit 5` },
]

/** The turn begins in which all the calls are: without it each call would look for leases of an earlier one. */
function promptOf(world: World): string {
  const file = world.payload('heartbeat', 0)
  const { tool_name: _tool, tool_input: _input, tool_use_id: _call, ...common } = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...common, hook_event_name: 'UserPromptSubmit', prompt: 'go on' }))
  return file
}

/** Stands in the repository, as the client that starts the hooks. */
async function enter({ folder }: Workbench, world: World): Promise<Sampler> {
  const { repository, size } = world
  const sampler = startSampler(folder, `resident-${size.instances}`)
  await sampler.run(`cd ${word(repository)} && export CLAUDECODE=1`)
  await sampler.run(`${coord} hook claude-code <${word(promptOf(world))}`)
  return sampler
}

async function wallMs(sampler: Sampler, command: string, exitCode: number): Promise<number> {
  const run = await sampler.run(`${command} >/dev/null`)
  if (run.exitCode !== exitCode) throw new Error(`${command} ended with ${run.exitCode}, not ${exitCode}`)
  return run.wallMs
}

type Timed = Map<string, number[]>

/** Wall times in ms of each way by its name, turn by turn in rounds, case by case. A resident lives for hours: its first calls do not count. */
async function timed(ways: Readonly<Record<string, (each: Case) => Promise<number>>>): Promise<Map<Case, Timed>> {
  const timesOf = () => new Map<string, number[]>(Object.keys(ways).map((way) => [way, []]))
  const times = new Map(cases.map((each) => [each, timesOf()]))
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const each of cases) {
      for (const [way, run] of Object.entries(ways)) {
        const ms = await run(each)
        if (round >= 0) times.get(each)?.get(way)?.push(ms)
      }
    }
  }
  return times
}

/** The same calls on both worlds: on the small one beside the bare shell and nothing else, then on both. */
async function callsTable(bench: Workbench, few: World, many: World): Promise<Table> {
  const ofFew = await serve(few)
  const fewSampler = await enter(bench, few)
  const onFew = ({ command, exitCode }: Case) => wallMs(fewSampler, command(few), exitCode)
  const alone = await timed({ bash: () => wallMs(fewSampler, 'bash -c :', 0), small: onFew })
  const ofMany = await serve(many)
  const manySampler = await enter(bench, many)
  const onMany = ({ command, exitCode }: Case) => wallMs(manySampler, command(many), exitCode)
  const both = await timed({ small: onFew, large: onMany })
  for (const sampler of [fewSampler, manySampler]) await sampler.end()
  const memoryMib = rounded(ofMany.memoryMib())
  for (const { end } of [ofFew, ofMany]) await end()
  const rows = cases.map((each) => callRow(each.title, alone.get(each), both.get(each)))
  rows.push({
    values: { command: 'memory of the large one, MiB', 'large: p50 ms': memoryMib },
    bar: { promise: 'less than 120 MiB', measured: `${memoryMib} MiB`, isHeld: memoryMib < 120 },
  })
  return {
    title: 'through the resident: bash -c :, a small repository, a large one',
    columns: ['command', 'bash -c : p50 ms', 'p50 ms', 'p99 ms', '× bash', 'large: p50 ms', 'large × small'],
    rows,
    notes: [
      `${rounds} runs of each (bash bin/coord …), turn by turn, after ${warmUpRounds} that do not count; payloads of 4 KB. First the small one ` +
        `beside the shell, then both. Small: ${small.instances} instance, ${small.leases} leases, ${small.events} events; large: ` +
        `${large.instances}, ${large.leases}, ${large.events}.`,
    ],
  }
}

function callRow(title: string, alone: Timed | undefined, both: Timed | undefined): Row {
  const [shell = [], small = []] = [alone?.get('bash'), alone?.get('small')]
  const [beside = [], large = []] = [both?.get('small'), both?.get('large')]
  const timesBash = rounded(medianRatio(small, shell))
  const timesSmall = rounded(medianRatio(large, beside))
  return {
    values: {
      command: title,
      'bash -c : p50 ms': rounded(median(shell)),
      'p50 ms': rounded(median(small)),
      'p99 ms': rounded(quantile(small, 0.99)),
      '× bash': timesBash,
      'large: p50 ms': rounded(median(large)),
      'large × small': timesSmall,
    },
    bar: {
      promise: 'at most 3 × bash, and large at most 1.2 × small',
      measured: `${timesBash} × bash, ${timesSmall} × small`,
      isHeld: timesBash <= 3 && timesSmall <= 1.2,
    },
  }
}

const promisedRounds = 400

/** Each call, not the usual one; one client on a machine that does nothing else: kind after kind, so that none finds what another has left to do. */
async function promisesTable(bench: Workbench, world: World): Promise<Table> {
  const resident = await serve(world)
  const sampler = await enter(bench, world)
  const rows: Row[] = []
  for (const each of fourPromises(coord, payloadBytes)) rows.push(await promisedRow(sampler, world, each))
  await sampler.end()
  await resident.end()
  return {
    title: 'the guide’s four promises at p99, one client',
    columns: ['operation', 'promised', 'p50 ms', 'p90 ms', 'p99 ms', 'bash -c : p50 ms', 'bash -c : p99 ms'],
    rows,
    notes: [
      `${promisedRounds} runs of each kind, each beside a \`bash -c :\`, after ${warmUpRounds} that do not count; whole processes from the fork to the wait. What ` +
        'the shell alone takes over its median is the machine’s.',
    ],
  }
}

async function promisedRow(
  sampler: Sampler,
  world: World,
  { title, promise, ms: msMax, exitCode, command }: Promised,
): Promise<Row> {
  const [ms, shell]: [number[], number[]] = [[], []]
  for (let round = -warmUpRounds; round < promisedRounds; round += 1) {
    const run = await wallMs(sampler, command(world), exitCode)
    const bare = await wallMs(sampler, 'bash -c :', 0)
    if (round < 0) continue
    ms.push(run)
    shell.push(bare)
  }
  const p99 = rounded(quantile(ms, 0.99))
  return {
    values: {
      operation: title,
      promised: promise,
      'p50 ms': rounded(median(ms)),
      'p90 ms': rounded(quantile(ms, 0.9)),
      'p99 ms': p99,
      'bash -c : p50 ms': rounded(median(shell)),
      'bash -c : p99 ms': rounded(quantile(shell, 0.99)),
    },
    bar: { promise: `p99 below ${msMax} ms`, measured: `${p99} ms`, isHeld: p99 < msMax },
  }
}

const sessionCalls = 400
const sessionMsMax = 2_000

/** What a client calls for an edit: before it, after it, and after the step. */
function editOf(world: World): string[] {
  const before = world.payload('grant', payloadBytes)
  const payload = JSON.parse(readFileSync(before, 'utf8'))
  const after = world.payload('grant', payloadBytes)
  writeFileSync(
    after,
    JSON.stringify({ ...payload, hook_event_name: 'PostToolUse', tool_response: { type: 'update' } }),
  )
  const step = world.payload('heartbeat', 0)
  const { tool_name, tool_input, tool_use_id, ...common } = payload
  const tool_calls = [{ tool_name, tool_input, tool_use_id, tool_response: 'done' }]
  writeFileSync(step, JSON.stringify({ ...common, hook_event_name: 'PostToolBatch', tool_calls }))
  return [before, after, step]
}

/** A session of so many tool calls as they come: for each file that is edited, six that are read or run. */
async function sessionTable(bench: Workbench, world: World): Promise<Table> {
  const resident = await serve(world)
  const sampler = await enter(bench, world)
  const kinds: { edits: number[]; others: number[] } = { edits: [], others: [] }
  for (let call = 0; call < sessionCalls; call += 1) {
    const isEdit = call % 7 === 0
    const files = isEdit ? editOf(world) : [editOf(world)[2] ?? '']
    let ms = 0
    for (const file of files) ms += await wallMs(sampler, `${coord} hook claude-code <${word(file)}`, 0)
    kinds[isEdit ? 'edits' : 'others'].push(ms)
  }
  await sampler.end()
  await resident.end()
  const rows = Object.entries(kinds).map(([calls, timesMs]) => ({
    values: { calls, number: timesMs.length, 'p50 ms': rounded(median(timesMs)), 'all, ms': rounded(sum(timesMs)) },
  }))
  const allMs = rounded(sum([...kinds.edits, ...kinds.others]))
  return {
    title: `a session of ${sessionCalls} tool calls`,
    columns: ['calls', 'number', 'p50 ms', 'all, ms'],
    rows: [
      ...rows,
      {
        values: { calls: 'all', number: sessionCalls, 'all, ms': allMs },
        bar: {
          promise: `less than ${sessionMsMax} ms of hooks`,
          measured: `${allMs} ms`,
          isHeld: allMs < sessionMsMax,
        },
      },
    ],
    notes: ['An edit has three hooks (before, after, end of the step), any other call one: as coord init wires them.'],
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

async function postsTable(few: World, many: World): Promise<Table> {
  const rows: Row[] = []
  // What posts is this process: the first time it does it is not counted.
  for (const [turn, world] of [few, few, many].entries()) {
    const resident = await serve(world)
    const agent = new Agent({ keepAlive: true })
    const timesMs: number[] = []
    for (let round = 0; round < 3 * rounds; round += 1) {
      const body = readFileSync(world.payload(round % 2 === 0 ? 'grant' : 'heartbeat', payloadBytes))
      const startMs = performance.now()
      await post(agent, portOf(world), body)
      if (round > rounds) timesMs.push(performance.now() - startMs)
    }
    agent.destroy()
    await resident.end()
    if (turn === 0) continue
    const p50 = rounded(median(timesMs))
    rows.push({
      values: {
        repository: world === few ? 'small' : 'large',
        'p50 ms': p50,
        'p99 ms': rounded(quantile(timesMs, 0.99)),
      },
      bar: { promise: 'p50 at most 2 ms', measured: `${p50} ms`, isHeld: p50 <= 2 },
    })
  }
  const notes = ['Over one kept connection, grants and heartbeats in turn, payloads of 4 KB.']
  return { title: 'hooks over http', columns: ['repository', 'p50 ms', 'p99 ms'], rows, notes }
}

function post(agent: Agent, port: number, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-length': body.length }
    const sent = request(
      { host: '127.0.0.1', port, agent, method: 'POST', path: '/hook/claude-code', headers },
      (answer) => {
        answer.resume().on('end', () => {
          if (answer.statusCode === 200) resolve()
          else reject(new Error(`the resident answered ${answer.statusCode}`))
        })
      },
    )
    sent.on('error', reject).end(body)
  })
}

/** Durable events one after the other, and sixty-four that arrive together. */
async function groupsTable(bench: Workbench): Promise<Table> {
  const log = await openFileLog(join(bench.folder, 'groups'))
  const grouping = createGrouping(log, fold, systemClock)
  const signal = new AbortController().signal
  let n = 0
  const decide = () =>
    grouping.decide({
      isDurable: true,
      deadlineMs: 5_000,
      signal,
      decider: () => {
        n += 1
        const data = { n, text: 'x'.repeat(150) }
        return {
          reply: n,
          event: { ts: '2026-01-08T12:45:32.000Z', type: 'bench.fact', by: 'bench', data, durable: true },
        }
      },
    })
  const [single, grouped]: [number[], number[]] = [[], []]
  for (let round = 0; round <= 40; round += 1) {
    const startMs = performance.now()
    for (let i = 0; i < 8; i += 1) await decide()
    const betweenMs = performance.now()
    await Promise.all(Array.from({ length: 64 }, decide))
    if (round === 0) continue
    single.push((betweenMs - startMs) / 8)
    grouped.push((performance.now() - betweenMs) / 64)
  }
  log.close()
  const times = rounded(medianRatio(single, grouped))
  return {
    title: 'durable events that arrive together',
    columns: ['arriving', 'ms per event', '× as fast'],
    rows: [
      { values: { arriving: 'one after the other', 'ms per event': rounded(median(single)) } },
      {
        values: { arriving: '64 at once', 'ms per event': rounded(median(grouped)), '× as fast': times },
        bar: { promise: 'at least 10 × as fast per event', measured: `${times} ×`, isHeld: times >= 10 },
      },
    ],
    notes: ['Each is acknowledged when it is on stable storage.'],
  }
}
