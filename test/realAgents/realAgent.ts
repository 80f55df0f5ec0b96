import { type ChildProcess, spawn } from 'node:child_process'
import type { Installed } from './install.js'

/** A real client that plays a script, whatever protocol it speaks with its model. */
export interface RealAgent {
  /** As in `coord hook AGENT`. */
  agent: string
  install(): Installed
  /** One whole session without a person, with a home of its own and an environment that holds nothing else. */
  run(session: AgentSession): Promise<AgentRun>
}

export interface AgentSession {
  client: string
  /** The top of a worktree of a repository that is set up and, where the client asks for it, trusted. */
  cwd: string
  steps: readonly AgentStep[]
  /** Told of the process as soon as it runs. */
  onStart?: (child: ChildProcess) => void
}

/** What the model does next: writes a new file with the client's own tool, or says something, which ends the turn. */
export type AgentAct = { path: string; content: string } | string
export type AgentStep = (seen: AgentSeen) => Promise<AgentAct> | AgentAct

export interface AgentSeen {
  /** Everything in the last request, as text: tool results, refusals and added context stand in it. */
  last: string
}

export interface AgentRun {
  code: number | null
  stdout: string
  stderr: string
  /** One text for each request that used a step. */
  requests: readonly string[]
}

/** One that holds a file waits for others that run beside it. */
const limitMs = 180_000

export function runClient(
  file: string,
  args: readonly string[],
  { cwd, env, onStart }: { cwd: string; env: Record<string, string>; onStart?: AgentSession['onStart'] },
): Promise<Omit<AgentRun, 'requests'>> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMs)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(limit)
      resolve({ code, stdout, stderr })
    })
    onStart?.(child)
  })
}
