import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'

/** A repository in which coordlog is set up, people with terminals, and agents with hooks. */

const program = resolve(import.meta.dirname, '..', '..', '..', 'bin', 'coord')

/** Another bash than the first on PATH: COORDLOG_BASH=/path/to/bash-3.2 runs the walk and the shell library in it. */
const bashProgram = process.env['COORDLOG_BASH'] ?? 'bash'

export function bashVersion(): string {
  return spawnSync(bashProgram, ['--norc', '-c', 'echo "$BASH_VERSION"'], { encoding: 'utf8' }).stdout.trim()
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A session of the agent: what its hooks tell, in its words. */
export interface Session {
  id: string
  /** Asks to write a file: the reason of a refusal, what it is told otherwise; empty when there is none. */
  mayWrite(path: string): { reason: string; context: string }
  /** The whole of one edit. */
  write(path: string, text: string): void
  prompt(text: string): void
  stop(): void
  end(): void
  /** Its process is gone, without a word. */
  crash(): Promise<void>
}

export interface Stage {
  root: string
  /** Stands for /path/to/repo. */
  top: string
  env: Record<string, string>
  bash(script: string, options?: BashOptions): Ended
  /** Standard output of a script that must end with 0. */
  said(script: string, options?: BashOptions): string
  // biome-ignore lint/suspicious/noExplicitAny: documents are read as a script would read them
  json(script: string): any
  git(cwd: string, ...args: string[]): string
  session(name: string, options: { role: string; cwd?: string }): Session
  /** A program under this name, first on PATH. */
  stub(name: string, body: string): void
  read(path: string): string
  remove(): void
}

export interface BashOptions {
  cwd?: string
  env?: Record<string, string>
  timeoutMs?: number
}

export function createStage(): Stage {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-guide-')))
  const top = join(root, 'repo')
  const stubs = join(root, 'stubs')
  for (const folder of ['home', 'stubs', 'tmp']) mkdirSync(join(root, folder))
  // What is installed finds its bash on PATH.
  if (bashProgram !== 'bash') symlinkSync(bashProgram, join(stubs, 'bash'))
  const env: Record<string, string> = {
    PATH: `${stubs}:${process.env['PATH'] ?? ''}`,
    HOME: join(root, 'home'),
    TMPDIR: join(root, 'tmp'),
    USER: 'dev',
    LC_ALL: 'C.UTF-8',
    GIT_AUTHOR_NAME: 'T',
    GIT_AUTHOR_EMAIL: 't@example.org',
    GIT_COMMITTER_NAME: 'T',
    GIT_COMMITTER_EMAIL: 't@example.org',
  }
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' })
  const bash: Stage['bash'] = (script, { cwd = top, env: more, timeoutMs = 60_000 } = {}) => {
    const options = { cwd, env: { ...env, ...more }, encoding: 'utf8', input: '', timeout: timeoutMs } as const
    const { status, stdout, stderr } = spawnSync(bashProgram, ['--norc', '-c', script], options)
    return { code: status, stdout, stderr }
  }
  const said: Stage['said'] = (script, options) => {
    const { code, stdout, stderr } = bash(script, options)
    assert.is(code, 0, `${script}\nended with ${code}: ${stdout}${stderr}`)
    return stdout
  }
  git(root, 'init', '-q', '-b', 'main', top)
  writeFileSync(join(top, 'README.md'), 'scratch\n')
  const stage: Stage = {
    root,
    top,
    env,
    bash,
    said,
    git,
    json: (script) => JSON.parse(said(script)),
    session: (name, { role, cwd = top }) => startSession({ name, role, cwd, env }),
    stub(name, body) {
      writeFileSync(join(stubs, name), `#!/usr/bin/env bash\n${body}\n`)
      chmodSync(join(stubs, name), 0o755)
    },
    read: (path) => readFileSync(join(top, path), 'utf8'),
    remove() {
      for (const agent of agents) agent.kill('SIGKILL')
      bash(`'${program}' resident stop`)
      rmSync(root, { recursive: true, force: true })
    },
  }
  stage.said(`'${program}' init`)
  git(top, 'add', '-A')
  git(top, 'commit', '-q', '-m', 'first')
  return stage
}

interface Beginning {
  name: string
  role: string
  cwd: string
  env: Record<string, string>
}

/** The processes that stand for agent programs. */
const agents = new Set<ChildProcess>()

/** The hooks run as the agent program runs them: a process for each event, its payload on standard input. */
function startSession({ name, role, cwd, env }: Beginning): Session {
  const agent = spawn('sleep', ['600'], { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '' } })
  agent.unref()
  agents.add(agent)
  const shim = join(cwd, '.claude/coordination/bin/coord')
  const starter = join(cwd, '.claude/hooks/lifecycle/coordination-init.sh')
  const hook = (event: string, more: object = {}, file = [shim, 'hook', 'claude-code']) => {
    const payload = { session_id: name, transcript_path: '/t', cwd, hook_event_name: event, agent_type: role, ...more }
    const [command = '', ...args] = file
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd,
      env: { ...env, CLAUDE_PROJECT_DIR: cwd, CLAUDE_PID: String(agent.pid) },
      input: JSON.stringify(payload),
      encoding: 'utf8',
    })
    assert.equal([status, stderr], [0, ''], `${event} of ${name}`)
    return stdout === '' ? {} : JSON.parse(stdout).hookSpecificOutput
  }
  let calls = 0
  const edit = (event: string, path: string) =>
    hook(event, {
      tool_name: 'Write',
      tool_use_id: `toolu_${name}_${calls}`,
      tool_input: { file_path: join(cwd, path), content: '' },
      tool_response: { filePath: path, success: true },
    })
  hook('SessionStart', { source: 'startup' }, [starter, 'claude-code'])
  const id = /CLAUDE_INSTANCE_ID=(\S+)/.exec(readFileSync(join(cwd, '.claude/.instance_env'), 'utf8'))?.[1] ?? ''
  return {
    id,
    mayWrite(path) {
      calls += 1
      const { permissionDecision, permissionDecisionReason, additionalContext } = edit('PreToolUse', path)
      return { reason: permissionDecision === 'deny' ? permissionDecisionReason : '', context: additionalContext ?? '' }
    },
    write(path, text) {
      assert.is(this.mayWrite(path).reason, '', `${name} may not write ${path}`)
      mkdirSync(join(cwd, path, '..'), { recursive: true })
      writeFileSync(join(cwd, path), text)
      edit('PostToolUse', path)
    },
    prompt: (text) => void hook('UserPromptSubmit', { prompt: text }),
    stop: () => void hook('Stop', { stop_hook_active: false }),
    end() {
      hook('SessionEnd', { reason: 'exit' })
      agent.kill('SIGKILL')
    },
    crash: () =>
      new Promise((resolve) => {
        agent.ref()
        agent.once('exit', () => resolve())
        agent.kill('SIGKILL')
      }),
  }
}

/** What is written when an answer is out comes a moment later, when a resident answers. */
export async function eventually<T>(look: () => T | undefined, what: string): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const found = look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`${what} did not come about`)
}

/** The same of what is looked for by asking: an answer that is an error is none yet. */
export async function eventuallyGot<T>(ask: () => Promise<T>, what: string): Promise<T> {
  let last: unknown
  for (let tries = 0; tries < 200; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Error)) throw error
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what} did not come about: ${last}`)
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** A resident that is still at its tidying up writes the worktree's files again while they are being removed. */
export async function removeWorktree(stage: Stage, name: string): Promise<void> {
  const tryIt = () => {
    stage.bash('.claude/coordination/bin/coord resident stop')
    try {
      rmSync(join(stage.root, name), { recursive: true, force: true })
      return true
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY') return undefined
      throw error
    }
  }
  await eventually(tryIt, `the removal of ${name}`)
  stage.git(stage.top, 'worktree', 'prune')
}

export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, name)))
}
