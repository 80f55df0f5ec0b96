import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./writerProcess.js', import.meta.url))

export interface WriterProcess {
  readonly child: ChildProcess
  /** The next line that the process says; undefined when it has ended. */
  nextLine(): Promise<string | undefined>
  tell(line: string): void
  /** Ends it by SIGKILL and waits until it is gone; returns what it had said and nobody had read. */
  kill(): Promise<string[]>
}

export function startWriter(...commandLine: readonly string[]): WriterProcess {
  const child = spawn(process.execPath, [script, ...commandLine], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const said: string[] = []
  const waiting: ((line: string | undefined) => void)[] = []
  let isOver = false
  lines.on('line', (line) => {
    const next = waiting.shift()
    if (next === undefined) said.push(line)
    else next(line)
  })
  const over = new Promise<void>((resolve) => {
    lines.on('close', () => {
      isOver = true
      for (const next of waiting.splice(0)) next(undefined)
      resolve()
    })
  })
  return {
    child,
    nextLine: () => {
      const line = said.shift()
      if (line !== undefined || isOver) return Promise.resolve(line)
      return new Promise((resolve) => {
        waiting.push(resolve)
      })
    },
    tell: (line) => {
      child.stdin.write(`${line}\n`)
    },
    kill: async () => {
      child.kill('SIGKILL')
      await over
      return said.splice(0)
    },
  }
}
