import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { rehearsalFor } from '@coordlog/agents/rehearsals'
import { installers } from '@coordlog/cli/install/agents'
import { findPlace } from '@coordlog/runtime/place'

/** A repository with coordlog set up for every agent, all of it committed, and a linked worktree that has it too. */

const coord = resolve(import.meta.dirname, '..', '..', '..', 'bin', 'coord')

export interface Repository {
  top: string
  linked: string
  coord(...args: string[]): { status: number | null; stdout: string; stderr: string }
  status(): { instances: { id: string }[]; locks: { path: string; holder: string }[] }
  history(): HistoryEvent[]
  remove(): Promise<void>
}

export interface HistoryEvent {
  seq: number
  type: string
  by: string
  data: {
    paths?: string[]
    host?: string
    process?: { pid: number }
    takenFrom?: { path: string; cause: string }[]
  }
}

export function repository(agents: readonly string[]): Repository {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog real agents ')))
  const top = join(root, 'app')
  const linked = join(root, 'app-two')
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', top, '-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], { stdio: 'pipe' })
  execFileSync('git', ['init', '-q', '-b', 'main', top])
  writeFileSync(join(top, 'README.md'), 'scratch\n')
  const run = (...args: string[]) => spawnSync(coord, args, { cwd: top, encoding: 'utf8' })
  const initialised = run('init', ...agents.flatMap((agent) => ['--agent', agent]))
  if (initialised.status !== 0) throw new Error(initialised.stderr)
  git('add', '-A')
  git('commit', '-q', '-m', 'first')
  git('worktree', 'add', '-q', '-b', 'two', linked)
  return {
    top,
    linked,
    coord: run,
    status: () => JSON.parse(run('status', '--json').stdout),
    history: () =>
      run('log', '--json')
        .stdout.split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    remove: () => removed(root, () => run('resident', 'stop')),
  }
}

/** Hooks brought up a resident, which still writes here until it has heard that it is to stop. */
async function removed(root: string, stop: () => unknown): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    stop()
    try {
      return rmSync(root, { recursive: true, force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY') || attempt === 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** A session of an agent: it writes a file in the main checkout and holds it until its turn ends. */
export interface Holder {
  agent: string
  /** Below the repository. */
  path: string
  hold(): Promise<void>
  endTurn(): Promise<void>
}

/** Played by its configured hook alone. */
export function playedHolder({ top }: Repository, agent: string): Holder {
  const path = `held-by-${agent}.txt`
  const installer = installers.find(({ name }) => name === agent)
  const rehearsal = rehearsalFor(agent)
  const place = findPlace({ cwd: top, env: {} })
  const [wiring] = installer?.wirings(place, '/nowhere') ?? []
  const call = wiring && installer?.calls(readFileSync(wiring.path, 'utf8'), place).find((each) => each.isBeforeEdit)
  const start = call?.start
  if (rehearsal === undefined || start === undefined) throw new Error(`${agent}: no hook that can be started`)
  const env = Object.fromEntries(Object.entries(start.env).map(([name, value]) => [name, value.replace('{cwd}', top)]))
  const send = (payload: string) => {
    const ended = spawnSync(start.file, start.args, {
      cwd: top,
      env: { HOME: top, PATH: process.env['PATH'] ?? '', ...env },
      input: payload,
      encoding: 'utf8',
    })
    const refusal = rehearsal.refusalIn(ended.stdout)
    if (ended.status !== 0 || refusal !== undefined) throw new Error(`${agent}: ${refusal ?? ended.stderr}`)
  }
  const scene = { session: `holding-${agent}`, cwd: top, path: join(top, path) }
  return {
    agent,
    path,
    async hold() {
      send(rehearsal.beforeEdit(scene))
      send(rehearsal.afterEdit(scene))
    },
    endTurn: async () => send(rehearsal.turnEnd(scene)),
  }
}
