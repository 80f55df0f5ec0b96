import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { LogRecord } from '@coordlog/log/contract'
import { openFileLog } from '@coordlog/log/fileLog'

/** A repository with a resident of its own, seen from outside: processes, files, the log. */

export const root = fileURLToPath(new URL('../../../', import.meta.url))
export const coord = join(root, 'bin', 'coord')
export const buildName = () => readFileSync(join(root, 'hooks/dist/build'), 'utf8').trim()

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface CallOptions {
  input?: string | Buffer
  env?: Record<string, string>
  cwd?: string
}

export interface Stage {
  folder: string
  repo: string
  /** The coordination directory. */
  directory: string
  env: Record<string, string>
  coord(args: readonly string[], options?: CallOptions): Ended
  /** Without the resident. */
  direct(args: readonly string[], options?: CallOptions): Ended
  hook(payload: object, options?: CallOptions): Ended
  /** A line for bash, in the repository; $coord is the program. */
  shell(line: string, options?: CallOptions): Ended
  /** Starts one and waits until it can be found. */
  serve(...args: string[]): Promise<ChildProcess>
  /** How many questions it has answered. */
  requests(): number
  records(): Promise<LogRecord[]>
  remove(): void
}

export function openStage(): Stage {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-resident-')))
  const repo = join(folder, 'repo')
  const directory = join(repo, '.git', 'coordlog')
  mkdirSync(join(repo, '.git'), { recursive: true })
  mkdirSync(join(repo, '.claude'))
  writeFileSync(join(repo, '.git', 'HEAD'), 'ref: refs/heads/main\n')
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, USER: 'tester', LC_ALL: 'C.UTF-8' }
  const children: ChildProcess[] = []
  const run = (file: string, args: readonly string[], { input = '', env: more, cwd = repo }: CallOptions = {}) => {
    const settings = { cwd, input, encoding: 'utf8', env: { ...env, ...more }, timeout: 60_000 } as const
    const ended = spawnSync(file, args, { ...settings, maxBuffer: 1 << 28 })
    if (ended.error) throw ended.error
    return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr }
  }
  const stage: Stage = {
    folder,
    repo,
    directory,
    env,
    coord: (args, options) => run(coord, args, options),
    direct: (args, options = {}) => run(coord, args, { ...options, env: { ...options.env, COORD_RESIDENT: 'off' } }),
    hook: (payload, options = {}) =>
      run(coord, ['hook', 'claude-code'], { input: JSON.stringify(payload), ...options }),
    shell: (line, options = {}) => run('bash', ['--norc', '-c', line], { ...options, env: { ...options.env, coord } }),
    serve: async (...args) => {
      const words = [join(root, 'bin/start.cjs'), 'serve', '--quiet', '--dir', directory, '--repo', repo, ...args]
      const child = spawn(process.execPath, words, { cwd: '/', env, stdio: ['ignore', 'inherit', 'inherit'] })
      children.push(child)
      await until('the resident is there', () => addressOf(stage)?.pid === child.pid)
      return child
    },
    requests: () => {
      // On a busy machine an answer can come too late once; the count is asked for again.
      for (let attempt = 1; ; attempt++) {
        const { requests } = JSON.parse(stage.direct(['resident', 'status', '--json']).stdout)
        if (typeof requests === 'number' || attempt === 5) return requests
      }
    },
    records: () => recordsOf(directory),
    remove: () => {
      for (const child of children) child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
  return stage
}

export function addressFile({ directory }: Pick<Stage, 'directory'>): string {
  return join(directory, 'resident')
}

export function addressOf(stage: Pick<Stage, 'directory'>): { port: number; pid: number; token: string } | undefined {
  if (!existsSync(addressFile(stage))) return undefined
  const [, , port, pid, token = ''] = readFileSync(addressFile(stage), 'utf8').trim().split(' ')
  return { port: Number(port), pid: Number(pid), token }
}

/** On loopback, at any port: at which one. */
export async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return address !== null && typeof address !== 'string' ? address.port : 0
}

/** Stands where the resident would; `meet` is handed each client. */
export async function pretend(
  stage: Pick<Stage, 'directory' | 'direct'>,
  meet: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    meet(socket)
  })
  const port = await listening(server)
  stage.direct(['instance', 'register', '--task', 'makes the folder'])
  writeFileSync(addressFile(stage), `coordlog-resident-1 ${buildName()} ${port} ${process.pid} ${pretendedToken}\n`)
  return server
}

export const pretendedToken = '0'.repeat(64)

export async function recordsOf(directory: string): Promise<LogRecord[]> {
  const log = await openFileLog(directory)
  const records: LogRecord[] = []
  for await (const record of log.read()) records.push(record)
  log.close()
  return records
}

export async function until(what: string, isSo: () => boolean, mostMs = 20_000): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += 20) {
    if (waitedMs > mostMs) throw new Error(`not within ${mostMs} ms: ${what}`)
    await sleep(20)
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

/** The payload of one event of a session, as Claude Code writes it. */
export function payload(repo: string, session: string, event: string, more: object = {}): object {
  return { session_id: session, transcript_path: '/dev/null', cwd: repo, hook_event_name: event, ...more }
}

export function edit(repo: string, session: string, call: string, file = 'a.ts', event = 'PreToolUse'): object {
  const tool = { tool_name: 'Write', tool_use_id: call, tool_input: { file_path: file, content: 'x' } }
  return payload(repo, session, event, tool)
}
