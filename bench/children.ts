import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Compiled files of this folder, started as processes of their own. */

/** NODE_EXTRA_CA_CERTS makes each start of Node 65 ms slower; nothing here speaks TLS. */
export function quietEnvironment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _certificates, ...rest } = process.env
  return rest
}

export function compiled(name: string): string {
  return join(import.meta.dirname, `${name}.js`)
}

export interface Child {
  /** The next whole line that it prints. Throws if it ends before. */
  line(): Promise<string>
  /** One line on its standard input. */
  say(text: string): void
  /** Closes its standard input and waits until it has ended; throws if it ended badly. */
  end(): Promise<void>
}

export function startNode(name: string, args: readonly string[]): Child {
  return startChild(process.execPath, [compiled(name), ...args])
}

export function startChild(command: string, args: readonly string[]): Child {
  const child = spawn(command, args, { env: quietEnvironment(), stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = linesOf(child)
  const ended = once(child, 'exit')
  return {
    line: async () => {
      const next = await lines.next()
      if (next.done === true) throw new Error(`${args[0] ?? command} ended before it answered`)
      return next.value
    },
    say: (text) => {
      child.stdin?.write(`${text}\n`)
    },
    end: async () => {
      child.stdin?.end()
      const [code] = await ended
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}`)
    },
  }
}

async function* linesOf(child: ChildProcess): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of child.stdout ?? []) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
