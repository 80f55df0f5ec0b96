// alone
// timeout: 600s
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventData } from '@coordlog/coordination/events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { coord, type Ended, edit, openStage, type Stage } from './stage.js'

/**
 * The races of the log once more, through a resident that is killed and started again all the time: some hooks are
 * answered by it, some lose their answer, some go direct. What counts is what the log holds.
 */

const racers = 8
const rounds = Number(process.env['COORDLOG_TEST_ROUNDS'] ?? 200) / 4
const decisionsEach = Number(process.env['COORDLOG_TEST_ROUNDS'] ?? 200) / 4

const races = suite<{ stage: Stage }>('races through a resident that dies')

races.before.each((context) => {
  context.stage = openStage()
})
races.after.each(({ stage }) => stage.remove())

function run({ repo, env }: Stage, args: string[], input = ''): Promise<Ended> {
  const child = spawn(coord, args, { cwd: repo, env: { ...env, CLAUDECODE: '1' }, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return once(child, 'close').then(([code]) => ({ code, stdout, stderr }))
}

/** One resident after the other, each killed after a moment, until told to end. Returns how many there were. */
function lifeAndDeath(stage: Stage): { end(): Promise<number> } {
  let isOver = false
  const go = async (): Promise<number> => {
    let count = 0
    while (!isOver) {
      const resident: ChildProcess = await stage.serve()
      count += 1
      await sleep(50 + Math.random() * 400)
      // One that has ended by itself will not say so a second time.
      const isOverAlready = resident.exitCode !== null || resident.signalCode !== null
      const ended = isOverAlready ? undefined : once(resident, 'exit')
      resident.kill('SIGKILL')
      await ended
    }
    return count
  }
  const ended = go()
  return {
    end: () => {
      isOver = true
      return ended
    },
  }
}

races(`${rounds} rounds of ${racers} hooks for one file: one holder each`, async ({ stage }) => {
  const { repo } = stage
  const residents = lifeAndDeath(stage)
  const answers: Ended[] = []
  for (let round = 0; round < rounds; round++) {
    const asked = Array.from({ length: racers }, (_, racer) => {
      const input = JSON.stringify(edit(repo, `racer-${racer}`, `t_${racer}_${round}`, `round-${round}.ts`))
      return run(stage, ['hook', 'claude-code'], input)
    })
    answers.push(...(await Promise.all(asked)))
  }
  const lives = await residents.end()
  assert.ok(lives > 2, `${lives} residents`)
  assert.equal(
    answers.filter(({ code, stderr }) => code !== 0 || stderr !== ''),
    [],
  )
  const records = await stage.records()
  const holders = new Map<string, string[]>()
  for (const { type, by, data } of records) {
    if (type !== 'lock.acquired') continue
    // The log holds only what passed the schema of its type.
    const { paths } = data as EventData<'lock.acquired'>
    for (const path of paths) holders.set(path, [...(holders.get(path) ?? []), by])
  }
  const doubly = [...holders].filter(([, by]) => by.length !== 1)
  assert.equal(doubly, [], 'each file has one holder, granted once')
  assert.is(holders.size, rounds)
  const refused = answers.filter(({ stdout }) => stdout.includes('"permissionDecision":"deny"'))
  assert.is(refused.length, rounds * (racers - 1), 'and all others were told so')
  assert.is(records.filter(({ type }) => type === 'instance.registered').length, racers)
  assert.is(stage.direct(['verify']).code, 0)
})

races(`${racers} × ${decisionsEach} decisions: none lost, none twice, no id twice`, async ({ stage }) => {
  const residents = lifeAndDeath(stage)
  const told: string[] = []
  const writer = async (name: number) => {
    for (let n = 0; n < decisionsEach; n++) {
      const words = [
        'decisions',
        'add',
        '--category',
        'testing',
        '--description',
        'd',
        '--json',
        '--instance',
        `w${name}`,
      ]
      const { code, stdout, stderr } = await run(stage, [...words, '--title', `${name} ${n}`])
      assert.is(code, 0, stderr + stdout)
      told.push(JSON.parse(stdout).id)
    }
  }
  await Promise.all(Array.from({ length: racers }, (_, name) => writer(name)))
  const lives = await residents.end()
  assert.ok(lives > 2, `${lives} residents`)
  const decided = (await stage.records()).filter(({ type }) => type === 'decision.recorded')
  const total = racers * decisionsEach
  assert.is(new Set(decided.map(({ data }) => data['title'])).size, total)
  assert.is(decided.length, total, 'each was recorded once')
  assert.is(new Set(decided.map(({ data }) => data['id'])).size, total, 'each with an id of its own')
  assert.equal(told.sort(), decided.map(({ data }) => String(data['id'])).sort(), 'the one that was told')
  assert.is(stage.direct(['verify']).code, 0)
})

races.run()
