import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { compiled, quietEnvironment } from './children.js'
import { createHistory, defaultSettings } from './history.js'
import { createLogWriter } from './logWriter.js'
import { median, medianRatio, rounded } from './measure.js'
import { filePath } from './projectWords.js'
import type { Bar, Row, Table } from './results.js'
import { type Run, type Sampler, startSampler, word } from './sampler.js'
import type { Workbench } from './workbench.js'

/** What people ask of a long history, as whole processes without a resident: is the answer there before they look away? */

const coord = word(join(import.meta.dirname, '../../bin/coord'))
const rounds = 5
const milestoneEvents = 50_000
const snapshotEvents = 10_000

interface Question {
  readonly title: string
  readonly command: string
  readonly wallMsMax?: number
}

export async function recorderTables(bench: Workbench, events: number): Promise<Table[]> {
  const directory = await grownLog(bench, events)
  const short = await grownLog(bench, events / 10)
  const sampler = startSampler(bench.folder, 'recorder')
  const questions = questionsAbout(bench, directory, events)
  const runs = await interleaved(bench, sampler, questions)
  await sampler.end()
  const bare = runs.get(questions[0]?.title ?? '') ?? []
  return [
    {
      title: `questions about ${events.toLocaleString('en')} events`,
      columns: ['question', 'wall ms', 'CPU ms', 'of the bare scan', 'the same in CPU time'],
      rows: questions.map((question) => rowOf(question, runs.get(question.title) ?? [], bare)),
      notes: [
        'The bare scan reads every segment by 1 MiB, splits at newlines and parses each line, nothing else. Snapshots were taken on ' +
          `the way, as when the history grew; the worst point for --at lies just before the next one that is kept (one in ${milestoneEvents.toLocaleString('en')}).`,
      ],
    },
    {
      title: 'memory of coord log with a filter, over the whole history',
      columns: ['events', 'peak MB'],
      rows: [await memoryRow(bench, short, events / 10), await memoryRow(bench, directory, events, 150)],
      notes: ['The largest resident set, Node itself (about 45 MB) included.'],
    },
  ]
}

/** With the snapshots that it would have, had it grown event by event. */
async function grownLog(bench: Workbench, events: number): Promise<string> {
  const directory = join(bench.folder, `grown-${events}`)
  const history = createHistory({ ...defaultSettings, seed: 7 })
  const writer = await createLogWriter(directory)
  for (let count = 1; count <= events; count += 1) {
    await writer.add(history.next())
    if (count % snapshotEvents === 0) await writer.snapshot()
  }
  await writer.finish()
  bench.say(`wrote ${events} events`)
  return directory
}

function questionsAbout(bench: Workbench, directory: string, events: number): Question[] {
  const repository = join(bench.folder, 'nowhere')
  mkdirSync(repository, { recursive: true })
  const where = `--dir ${word(directory)} --repo ${word(repository)}`
  const at = (sequence: number) => `${coord} status --json --at ${sequence} ${where} >/dev/null`
  const worst = Math.floor(events / 2 / milestoneEvents) * milestoneEvents + milestoneEvents - 1
  return [
    {
      title: 'bare scan',
      command: `${word(process.execPath)} ${word(compiled('foldChild'))} parse ${word(directory)} >/dev/null`,
    },
    { title: 'status, now', command: `${coord} status --json ${where} >/dev/null`, wallMsMax: 1_000 },
    { title: 'status --at the first event', command: at(1), wallMsMax: 1_000 },
    { title: `status --at ${events / 2 + 10}`, command: at(events / 2 + 10), wallMsMax: 1_000 },
    { title: `status --at ${worst}: the worst point`, command: at(worst), wallMsMax: 1_000 },
    {
      title: 'why, of a file that is edited all the time',
      command: `${coord} why ${word(filePath(0))} --json ${where} >/dev/null`,
      wallMsMax: 300,
    },
    {
      title: 'why, of a file that nobody ever touched',
      command: `${coord} why src/never/there.ts --json ${where} >/dev/null`,
      wallMsMax: 300,
    },
    { title: 'audit', command: `${coord} audit --json ${where} >/dev/null`, wallMsMax: 5_000 },
    {
      title: 'log --type lock.denied: the first line',
      command: `${coord} log --type lock.denied ${where} | head -n 1 >/dev/null`,
      wallMsMax: 200,
    },
    {
      title: 'log --path of a file that nobody ever touched: all of the answer',
      command: `${coord} log --path src/never/there.ts ${where} >/dev/null`,
      wallMsMax: 200,
    },
    {
      title: 'log --limit 10 of a file that is edited all the time',
      command: `${coord} log --limit 10 --path ${word(filePath(0))} ${where} >/dev/null`,
      wallMsMax: 200,
    },
  ]
}

async function interleaved(
  bench: Workbench,
  sampler: Sampler,
  questions: readonly Question[],
): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>(questions.map(({ title }) => [title, []]))
  // One round more than is counted: the first one finds cold files.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { title, command } of questions) {
      const run = await sampler.run(command)
      if (run.exitCode !== 0) throw new Error(`${title} ended with ${run.exitCode}`)
      if (round > 0) runs.get(title)?.push(run)
    }
    bench.say(`questions: round ${round} of ${rounds} done`)
  }
  return runs
}

function rowOf({ title, wallMsMax }: Question, runs: readonly Run[], bare: readonly Run[]): Row {
  const wallMs = runs.map((run) => run.wallMs)
  const cpuMs = runs.map((run) => run.cpuMs)
  const share = (own: readonly number[], other: readonly number[]) => rounded(medianRatio(own, other))
  const values = {
    question: title,
    'wall ms': rounded(median(wallMs)),
    'CPU ms': rounded(median(cpuMs)),
    'of the bare scan': share(
      wallMs,
      bare.map((run) => run.wallMs),
    ),
    'the same in CPU time': share(
      cpuMs,
      bare.map((run) => run.cpuMs),
    ),
  }
  return wallMsMax === undefined ? { values } : { values, bar: below(median(wallMs), wallMsMax, 'ms') }
}

function below(measured: number, most: number, unit: string): Bar {
  return {
    promise: `below ${most.toLocaleString('en')} ${unit}`,
    measured: `${rounded(measured)} ${unit}`,
    isHeld: measured < most,
  }
}

const pollMs = 10

/** The kernel keeps the peak; it is read until the process has gone. */
async function memoryRow(bench: Workbench, directory: string, events: number, mbMax?: number): Promise<Row> {
  const program = join(import.meta.dirname, '../../bin/start.cjs')
  const words = ['log', '--type', 'lock.denied', '--json', '--dir', directory, '--repo', join(bench.folder, 'nowhere')]
  const child = spawn(process.execPath, [program, ...words], {
    env: quietEnvironment(),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let peakKb = 0
  let isOver = false
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve)).finally(() => {
    isOver = true
  })
  while (!isOver) {
    peakKb = Math.max(peakKb, peakOf(child.pid))
    await sleep(pollMs)
  }
  const code = await ended
  if (code !== 0) throw new Error(`coord log ended with ${code}`)
  const peakMb = (peakKb * 1024) / 1e6
  const values = { events: events.toLocaleString('en'), 'peak MB': rounded(peakMb) }
  return mbMax === undefined ? { values } : { values, bar: below(peakMb, mbMax, 'MB') }
}

function peakOf(pid: number | undefined): number {
  try {
    const [, kb = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kb)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return 0
    throw error
  }
}
