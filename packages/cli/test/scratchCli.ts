import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '@coordlog/runtime/clock'
import type { Context } from '../src/context.js'
import { runCommand } from '../src/run.js'

/** The CLI seen from outside: a git repository of its own for each test, the program as a process or as a function. */

const here = dirname(fileURLToPath(import.meta.url))
export const coordlogRoot = join(here, '../../../..')
/** The program as it is shipped; without it, as it is compiled. */
const bundle = join(here, '../coord.cjs')
export const program = existsSync(bundle) ? bundle : join(here, '../src/main.js')

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

export interface Scratch {
  folder: string
  repository: string
  home: string
  /** A command line, run in this process: runCommand is all that the program is, but for what main.ts adds. */
  coord(args: readonly string[], options?: CallOptions): Promise<Ended>
  /** The program as a process, to its end. */
  run(args: readonly string[], options?: RunOptions): Ended
  start(args: readonly string[], options?: RunOptions): ChildProcess
  remove(): void
}

export interface RunOptions {
  cwd?: string
  env?: Record<string, string>
  input?: string
}

export interface CallOptions {
  cwd?: string
  /** What the clock says. */
  at?: string
  env?: Record<string, string>
  isTerminal?: boolean
  columns?: number
  /** The clock that never goes back. */
  monotonicMs?: () => number
  signal?: AbortSignal
  page?: Context['page']
  write?: (text: string) => void
  /** How it gets at the log. */
  open?: Context['open']
}

/** Nothing of the environment in which the tests run decides what they see. */
function environment(home: string, extra: Record<string, string> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: home, USER: 'tester', LC_ALL: 'C.UTF-8', ...extra }
}

export function git(cwd: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main']
  const ended = spawnSync('git', [...identity, ...args], { cwd, encoding: 'utf8', env: environment(cwd) })
  if (ended.status !== 0) throw new Error(`git ${args.join(' ')}: ${ended.stderr}`)
}

export function scratch(): Scratch {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-cli-')))
  const repository = join(folder, 'repo')
  const home = join(folder, 'home')
  mkdirSync(join(repository, 'src'), { recursive: true })
  mkdirSync(home)
  git(repository, 'init', '-q')
  writeFileSync(join(repository, 'src/app.ts'), 'export const old = 1\n')
  return {
    folder,
    repository,
    home,
    coord: (args, options = {}) => call(repository, home, args, options),
    run(args, { cwd = repository, env, input = '' } = {}) {
      const ended = spawnSync(process.execPath, [program, ...args], {
        cwd,
        input,
        encoding: 'utf8',
        env: environment(home, env),
        timeout: 60_000,
      })
      if (ended.error) throw ended.error
      return { code: ended.status ?? -1, stdout: ended.stdout, stderr: ended.stderr }
    },
    start: (args, { cwd = repository, env } = {}) =>
      spawn(process.execPath, [program, ...args], {
        cwd,
        env: environment(home, env),
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function call(repository: string, home: string, args: readonly string[], options: CallOptions): Promise<Ended> {
  const {
    cwd = repository,
    at,
    env,
    isTerminal = false,
    columns = 80,
    monotonicMs = () => performance.now(),
    signal = new AbortController().signal,
    write,
    page,
    open,
  } = options
  const clock: Clock = {
    now: () => at ?? new Date().toISOString(),
    monotonicMs,
  }
  const ended = { stdout: '', stderr: '' }
  const output = (name: 'stdout' | 'stderr') => ({
    isTerminal,
    columns,
    write: async (text: string) => {
      ended[name] += text
      if (name === 'stdout') write?.(text)
    },
  })
  const context: Context = {
    cwd,
    env: environment(home, env),
    callerPid: process.pid,
    stdin: (async function* () {})(),
    stdout: output('stdout'),
    stderr: output('stderr'),
    signal,
    clock,
    coordlogRoot,
    ...(open !== undefined && { open }),
    ...(page !== undefined && { page }),
  }
  const code = await runCommand(args, context)
  return { code, ...ended }
}

/** What comes out of a started program until `wanted` of it has come; fails loudly when it ends before. */
export function outputOf(child: ChildProcess, wanted: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += chunk
      if (wanted(text)) resolve(text)
    })
    child.on('exit', (code, signal) => reject(new Error(`ended with ${code ?? signal} after: ${text}`)))
  })
}

export function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (child.exitCode !== null) return Promise.resolve({ code: child.exitCode, signal: child.signalCode })
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
}
