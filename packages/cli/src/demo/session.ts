import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Adapted, type RecordingName, readAnswer, recorded } from '@coordlog/agents/claudeCode/recordings'
import { exitCodes } from '../exit/codes.js'
import { Failure } from '../exit/failure.js'

/** Runs `coord` as its user would: a process of its own. */
export type Coord = (
  cwd: string,
  args: readonly string[],
  stdin?: string,
  env?: Record<string, string>,
) => Promise<string>

export function coordProcess(program: string, inherited: Readonly<Record<string, string | undefined>>): Coord {
  // The demo's repository is its own world: nothing of a session around it may leak in.
  const kept = Object.entries(inherited).filter(([name]) => !/^(COORD_|CLAUDE)/.test(name))
  return async (cwd, args, stdin = '', env = {}) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...Object.fromEntries(kept), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.stdin.end(stdin)
    await once(child, 'close')
    if (child.exitCode === 0) return stdout
    const said = `coord ${args.join(' ')} ended with ${child.exitCode} in ${cwd}: ${stderr.trim()}`
    throw new Failure(exitCodes.no, 'demo', said, { exitCode: child.exitCode, cwd })
  }
}

/** A stand-in for one running agent: a process that can be killed, and the hooks that the real client would start. */
export interface Session {
  cwd: string
  /** A command that the agent starts in its own shell: it acts as the session. */
  shell(...args: string[]): Promise<string>
  hook(name: RecordingName, more?: Partial<Adapted>): Promise<ReturnType<typeof readAnswer>>
  /** The hooks around one edit, and the edit itself if it was allowed. */
  edit(file: string, text: string, subagent?: Adapted['subagent']): Promise<ReturnType<typeof readAnswer>>
  /** kill -9: no hook runs, nothing is said. */
  kill(): Promise<void>
  /** The end that it comes to by itself. */
  end(): Promise<void>
}

export async function startSession(coord: Coord, session: string, cwd: string): Promise<Session> {
  const process_ = standIn()
  await once(process_, 'spawn')
  let calls = 0
  const envFile = join(mkdtempSync(join(tmpdir(), 'coordlog-demo-env-')), 'env.sh')
  const hook: Session['hook'] = async (name, more = {}) => {
    const stdin = recorded(name, { session, cwd, ...more })
    const env = { CLAUDE_PID: String(process_.pid), CLAUDE_PROJECT_DIR: cwd, CLAUDE_ENV_FILE: envFile }
    return readAnswer(await coord(cwd, ['hook', 'claude-code'], stdin, env))
  }
  const kill = async () => {
    process_.kill('SIGKILL')
    if (process_.exitCode === null && process_.signalCode === null) await once(process_, 'exit')
  }
  return {
    cwd,
    shell: (...args) => coord(cwd, args, '', exported(readFileSync(envFile, 'utf8'))),
    hook,
    async edit(file, text, subagent) {
      const path = join(cwd, file)
      const call = `toolu_${session}_${++calls}`
      const about = { path, call, ...(subagent !== undefined && { subagent }) }
      const answer = await hook('before-edit', about)
      if (answer.refused !== undefined) return answer
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      await hook('after-edit', about)
      return answer
    },
    kill,
    async end() {
      await hook('session-end')
      await kill()
    },
  }
}

/** The variables that the session-start hook hands to the session's shell. */
function exported(script: string): Record<string, string> {
  const lines = script.matchAll(/^export (\w+)='?([^'\n]*)'?$/gm)
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]))
}

/** Ends with us at the latest: its standard input is our pipe. */
function standIn(): ChildProcess {
  return spawn(process.execPath, ['-e', 'process.stdin.on("end", () => process.exit()).resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
}
