import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Context, Output } from '../context.js'

/** A program on the terminal through which a person reads a long text. */
export interface Pager extends Output {
  /** Resolves when its reader has seen enough. */
  close(): Promise<void>
}

/** The pager of the environment: COORD_PAGER, PAGER, else less. undefined where it is empty or "cat", which pages nothing. */
export function pagerOf(env: Context['env']): string | undefined {
  const command = env['COORD_PAGER'] ?? env['PAGER'] ?? 'less'
  return command.trim() === '' || command.trim() === 'cat' ? undefined : command
}

/**
 * Starts it. less gets the options F, R, X unless LESS says something else: it ends at once when the text fits on the screen, lets
 * colours through, and leaves the text where it was. A pager that is not installed lets the text through as it is.
 */
export function startPager(command: string, env: Context['env'], terminal: Output, whenGone: () => void): Pager {
  const [program = ''] = command.trim().split(/\s+/)
  const script = `if command -v -- ${program} >/dev/null 2>&1; then ${command}; else cat; fi`
  const child = spawn('sh', ['-c', /^[\w./-]+$/.test(program) ? script : command], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: 'FRX', ...env },
  })
  const ended = once(child, 'exit')
  let isGone = false
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    isGone = true
    whenGone()
  })
  return {
    isTerminal: true,
    columns: terminal.columns,
    write: (text) =>
      new Promise((resolve) => {
        if (isGone) return resolve()
        child.stdin.write(text, () => resolve())
      }),
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
