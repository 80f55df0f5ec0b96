import { spawnSync } from 'node:child_process'
import { quietEnvironment } from './children.js'
import { coord, withinWorld, withResident } from './hook.js'
import { buildWorld, heldFile } from './hookWorld.js'
import { median, quantile, quietRatio, rounded } from './measure.js'
import type { Row, Table } from './results.js'
import { type Sampler, word } from './sampler.js'
import type { Workbench } from './workbench.js'

/** What each function of lib/coordination.sh costs a script, beside the command of the client that asks the same. */

const rounds = 80
const ratioMax = 1.1
const client = '.claude/coordination/bin/coord'
const file = 'src/free/library.ts'
const decision = '--category=testing --title="Keep it" --description="As it is." --scope=module'

/** In the order in which a script would call them: a function, then its twin, each with the same before it. */
interface Pair {
  readonly call: string
  readonly command: string
  /** Run before both of them, and not measured. */
  readonly before?: string
  readonly exitCode?: number
  /** Of the command, where the function has a code of its own. */
  readonly commandCode?: number
}

const mine = `${client} lock acquire ${file}`
const free = `${client} lock release ${file}`
const somebody = `export COORD_INSTANCE_ID=$(${client} instance register --compat --task t --pid $$); INSTANCE_ID=$COORD_INSTANCE_ID`

const pairs: readonly Pair[] = [
  {
    call: 'coord_register_instance "a task" db-admin',
    command: `${client} instance register --task="a task" --role=db-admin --pid=$$`,
  },
  { call: 'coord_heartbeat', command: `${client} instance heartbeat`, before: somebody },
  { call: `coord_check_lock ${file}`, command: `${client} lock check ${file}` },
  {
    call: `coord_check_lock ${heldFile}`,
    command: `${client} lock check ${heldFile}`,
    exitCode: 10,
    commandCode: 1,
  },
  { call: `coord_acquire_lock ${file} why`, command: `${client} lock acquire ${file} --reason=why`, before: free },
  {
    call: `coord_acquire_lock ${heldFile} why`,
    command: `${client} lock acquire ${heldFile} --reason=why`,
    exitCode: 10,
    commandCode: 3,
  },
  {
    call: `coord_renew_lock ${file}`,
    command: `${client} lock acquire --renew --reason=Renewed ${file}`,
    before: mine,
  },
  { call: `coord_detect_conflict ${file}`, command: `${client} lock check --changed ${file}`, before: mine },
  { call: `coord_release_lock ${file}`, command: `${client} lock release ${file}`, before: mine },
  { call: 'coord_release_all_locks', command: `${client} lock release --all`, before: mine },
  {
    call: 'coord_release_locks_by_instance "$INSTANCE_ID"',
    command: `${client} lock release --all --instance="$INSTANCE_ID"`,
    before: mine,
  },
  { call: 'coord_log_decision testing "Keep it" "As it is."', command: `${client} decisions add ${decision}` },
  { call: 'coord_query_decisions testing', command: `${client} decisions list --json --category=testing --limit=10` },
  { call: 'coord_list_instances', command: `${client} instance list --json` },
  { call: 'coord_get_work', command: `${client} instance show "$INSTANCE_ID" --json` },
  { call: 'coord_cleanup_stale_instances', command: `${client} lock cleanup` },
  { call: 'coord_unregister_instance', command: `${client} instance end`, before: somebody },
]

export async function libraryTable(bench: Workbench): Promise<Table> {
  const world = await buildWorld(bench, { instances: 3, leases: 10, events: 1_000 })
  const init = spawnSync('bash', ['-c', `${coord} init ${word(world.repository)}`], {
    env: quietEnvironment(),
    encoding: 'utf8',
  })
  if (init.status !== 0) throw new Error(init.stderr)
  const rows = await withResident(world, () =>
    withinWorld(bench, world, 'library', async (sampler) => {
      await sampler.run('source .claude/coordination/lib/coordination.sh')
      const found: Row[] = []
      for (const pair of pairs) found.push(await measured(sampler, pair))
      return found
    }),
  )
  return {
    title: 'each function of lib/coordination.sh beside the same question through bin/coord',
    columns: ['function', 'p50 ms', 'p99 ms', 'coord: p50 ms', 'coord: p99 ms', '× coord'],
    rows,
    notes: [
      `${rounds} runs of each, function and command in turn, from one bash that has sourced the library, through the resident. The promise is ` +
        `that a function costs no more than the command; ${rounded(ratioMax - 1)} is left for noise. The ratio is that of the quicker quarters: what else the machine does only ever adds. ` +
        'coord_init looks whether a file is there, and coord_generate_instance_id asks nobody; so neither has a twin.',
    ],
  }
}

async function measured(sampler: Sampler, pair: Pair): Promise<Row> {
  const { call, command, before = ':', exitCode = 0, commandCode = exitCode } = pair
  const [own, twin]: [number[], number[]] = [[], []]
  await sampler.run(`{ ${somebody}; } </dev/null >/dev/null 2>&1`)
  for (let round = 0; round <= rounds; round += 1) {
    const turns = [
      [call, exitCode, own],
      [command, commandCode, twin],
    ] as const
    for (const [line, code, times] of round % 2 === 0 ? turns : turns.toReversed()) {
      await sampler.run(`{ ${before}; } </dev/null >/dev/null 2>&1`)
      const run = await sampler.run(`${line} </dev/null >/dev/null 2>&1`)
      if (run.exitCode !== code) throw new Error(`${line} ended with ${run.exitCode}, not ${code}`)
      if (round > 0) times.push(run.wallMs)
    }
  }
  await sampler.run(`${client} lock release --all </dev/null >/dev/null 2>&1`)
  const ratio = quietRatio(own, twin)
  return {
    values: {
      function: call,
      'p50 ms': rounded(median(own)),
      'p99 ms': rounded(quantile(own, 0.99)),
      'coord: p50 ms': rounded(median(twin)),
      'coord: p99 ms': rounded(quantile(twin, 0.99)),
      '× coord': rounded(ratio),
    },
    bar: {
      promise: `at most ${ratioMax} × the command`,
      measured: `${rounded(ratio)} ×`,
      isHeld: ratio <= ratioMax,
    },
  }
}
