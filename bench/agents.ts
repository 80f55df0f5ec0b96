import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rehearsal } from '@coordlog/agents/rehearsal'
import { rehearsalFor } from '@coordlog/agents/rehearsals'
import { installers } from '@coordlog/cli/install/agents'
import { findPlace } from '@coordlog/runtime/place'
import { type Child, quietEnvironment, startNode } from './children.js'
import { coord, withinWorld, withResident } from './hook.js'
import { buildWorld, type World } from './hookWorld.js'
import { median, quantile, quietRatio, rounded } from './measure.js'
import { type Random, randomFrom } from './random.js'
import type { Bar, Row, Table } from './results.js'
import { type Run, type Sampler, word } from './sampler.js'
import type { Workbench } from './workbench.js'

/** What the lock check of one edit costs each agent program, by the command that its configuration really runs. */

const rounds = 60
/** Until the resident has done what it does when an answer is out, so that nobody pays for who went before. */
const pauseMs = 20
const ratioMax = 1.1
/** The first one is what the others are compared with. */
const names = ['claude-code', 'codex', 'copilot', 'gemini', 'qwen'] as const
const inProcess = 'opencode'
const contentLine = 'export const value = 1'
const contentLines = 44

type Answer = 'granted' | 'refused'
const answers: readonly Answer[] = ['granted', 'refused']

/** One way to ask: what it costs, and what came back. */
interface Asker {
  readonly name: string
  readonly rehearsal: Rehearsal
  ask(payload: string): Promise<{ run: Run; stdout: string }>
}

type Runs = Map<string, Run[]>

const random = randomFrom(7)

export async function agentsTable(bench: Workbench): Promise<Table> {
  const world = await buildWorld(bench, { instances: 20, leases: rounds + 1, events: 1_000 })
  const initialised = spawnSync('bash', ['-c', `${coord} init ${word(world.repository)} --agent all`], {
    env: quietEnvironment(),
    encoding: 'utf8',
  })
  if (initialised.status !== 0) throw new Error(initialised.stderr)
  const plugin = startNode('agentsChild', [join(world.repository, '.opencode/plugins/coordlog.js'), world.repository])
  const runs: Runs = new Map()
  try {
    await withResident(world, () =>
      withinWorld(bench, world, 'agents', async (sampler) => {
        const askers = [...names.map((name) => commandOf(name, sampler, world, bench.folder)), pluginOf(plugin)]
        for (let round = 0; round <= rounds; round += 1) {
          await oneRound(askers, sampler, world, round, round > 0 ? runs : new Map())
        }
      }),
    )
  } finally {
    await plugin.end()
  }
  return tableOf(runs)
}

/** Each round in an order of its own. */
async function oneRound(
  askers: readonly Asker[],
  sampler: Sampler,
  world: World,
  round: number,
  runs: Runs,
): Promise<void> {
  for (const answer of answers) {
    for (const asker of shuffled(askers, random)) {
      await sleep(pauseMs)
      const path = answer === 'granted' ? `src/free/${asker.name}-${round}.ts` : `src/held/file-${round}.ts`
      const { run, stdout } = await asker.ask(payloadOf(asker, world, path, round))
      const came: Answer = asker.rehearsal.refusalIn(stdout) === undefined ? 'granted' : 'refused'
      if (came !== answer || run.exitCode !== 0) {
        throw new Error(`${asker.name}: ${path} was to be ${answer}, and ended with ${run.exitCode}: ${stdout}`)
      }
      keep(runs, `${asker.name} ${answer}`, run)
    }
  }
  keep(runs, 'bash', await sampler.run(`bash -c : ${given(payloadOf(askers[0], world, 'x', round))} >/dev/null`))
}

function shuffled<T>(items: readonly T[], from: Random): T[] {
  return items
    .map((item) => ({ item, rank: from.fraction() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item)
}

function keep(runs: Runs, key: string, run: Run): void {
  runs.set(key, [...(runs.get(key) ?? []), run])
}

/** The same file content for each of them, and a call of its own. */
function payloadOf(asker: Asker | undefined, { repository }: World, path: string, round: number): string {
  if (asker === undefined) throw new Error('nobody asks')
  const scene = { session: `bench-${asker.name}`, cwd: repository, path: join(repository, path) }
  const payload = JSON.parse(asker.rehearsal.beforeEdit(scene))
  const lines = Array.from({ length: contentLines }, () => contentLine)
  const { tool_input: input } = payload
  if (input?.content !== undefined) input.content = lines.join('\n')
  if (input?.file_text !== undefined) input.file_text = lines.join('\n')
  if (input?.command !== undefined) {
    input.command = input.command.replace('+x', lines.map((line) => `+${line}`).join('\n'))
  }
  if (payload.tool_use_id !== undefined) payload.tool_use_id += `-${path}-${round}`
  if (payload.input?.callID !== undefined) payload.input.callID += `-${path}-${round}`
  if (payload.timestamp !== undefined) payload.timestamp = new Date().toISOString()
  return JSON.stringify(payload)
}

/** Through a pipe, as from a client: bash makes one for so short a text, and no process. */
function given(payload: string): string {
  return `<<<${word(payload)}`
}

function rehearsalOf(name: string): Rehearsal {
  const rehearsal = rehearsalFor(name)
  if (rehearsal === undefined) throw new Error(`no rehearsal of ${name}`)
  return rehearsal
}

/** The hook that asks before an edit, as the installed configuration has it. */
function commandOf(name: string, sampler: Sampler, { repository }: World, folder: string): Asker {
  const place = findPlace({ cwd: repository, env: {} })
  const installer = installers.find((each) => each.name === name)
  const [wiring] = installer?.wirings(place, folder) ?? []
  const calls = wiring && installer?.calls(readFileSync(wiring.path, 'utf8'), place)
  const start = calls?.find(({ isBeforeEdit }) => isBeforeEdit)?.start
  if (start === undefined) throw new Error(`${name} has no hook before an edit`)
  const env = Object.entries(start.env).map(([key, value]) => `${key}=${word(value.replace('{cwd}', repository))}`)
  const line = [...env, start.file, ...start.args.map(word)].join(' ')
  const file = join(folder, `${name}.out`)
  return {
    name,
    rehearsal: rehearsalOf(name),
    async ask(payload) {
      const run = await sampler.run(`${line} ${given(payload)} >${word(file)}`)
      return { run, stdout: readFileSync(file, 'utf8') }
    },
  }
}

/** opencode runs the plugin inside itself; here Node does. */
function pluginOf(plugin: Child): Asker {
  return {
    name: inProcess,
    rehearsal: rehearsalOf(inProcess),
    async ask(payload) {
      plugin.say(payload)
      const { wallMs, cpuMs, deny } = JSON.parse(await plugin.line())
      return { run: { wallMs, cpuMs, exitCode: 0 }, stdout: JSON.stringify(deny === undefined ? {} : { deny }) }
    },
  }
}

const columns = ['agent', ...answers.flatMap((answer) => columnsOf(answer))]

function columnsOf(answer: Answer): string[] {
  return [`${answer}: p50 ms`, `${answer}: p99 ms`, `${answer}: CPU ms`, `${answer}: × Claude Code`]
}

const wallMsOf = (runs: readonly Run[]): number[] => runs.map(({ wallMs }) => wallMs)

function tableOf(runs: Runs): Table {
  const bash = runs.get('bash') ?? []
  const floor = Object.fromEntries(answers.flatMap((answer) => figures(answer, bash, undefined)))
  const rows: Row[] = [{ values: { agent: 'bash -c :', ...floor } }]
  for (const name of [...names, inProcess]) {
    const ratios: number[] = []
    const cells = answers.flatMap((answer) => {
      const [own, first] = [runs.get(`${name} ${answer}`) ?? [], runs.get(`${names[0]} ${answer}`) ?? []]
      const ratio = quietRatio(wallMsOf(own), wallMsOf(first))
      ratios.push(ratio)
      return figures(answer, own, ratio)
    })
    const bar = name === names[0] ? {} : { bar: ratioBar(ratios) }
    rows.push({ values: { agent: name, ...Object.fromEntries(cells) }, ...bar })
  }
  return {
    title: 'the lock check of one edit, by the command that each agent’s configuration runs',
    columns,
    rows,
    notes: [
      `${rounds} runs of each, round by round in random order, one resident, ${contentLines} lines to be written, the payload through a pipe, from the fork of the ` +
        'shell that the client starts to its wait; a path of its own for each run; CPU is the mean. The ratio is that of the quicker quarters: what else the machine does only ever adds. opencode ' +
        'starts no process: its row is the time inside the plugin (run by Node here), which talks to the resident itself.',
    ],
  }
}

function figures(answer: Answer, runs: readonly Run[], ratio: number | undefined): [string, number][] {
  const wallMs = wallMsOf(runs)
  const values = [
    median(wallMs),
    quantile(wallMs, 0.99),
    runs.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / runs.length,
    ratio,
  ]
  return columnsOf(answer).flatMap((column, index): [string, number][] => {
    const value = values[index]
    return value === undefined ? [] : [[column, rounded(value)]]
  })
}

function ratioBar(ratios: readonly number[]): Bar {
  return {
    promise: `at most ${ratioMax} × Claude Code`,
    measured: ratios.map((ratio) => `${rounded(ratio)} ×`).join(', '),
    isHeld: ratios.every((ratio) => ratio <= ratioMax),
  }
}
