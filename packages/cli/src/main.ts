import { fileURLToPath } from 'node:url'
import { systemClock } from '@coordlog/runtime/clock'
import { installationAbove } from '@coordlog/runtime/installation'
import type { Output } from './context.js'
import { pagerOf, startPager } from './output/pager.js'
import { runCommand } from './run.js'

/** The CLI as a process: the one place that reads arguments, environment and streams, and sets the exit code. */

const stop = new AbortController()

/** A reader that has gone away, as that of `coord log | head -1` does, is no error, only the end. */
function output(stream: NodeJS.WriteStream, whenGone: () => void): Output {
  let isClosed = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') return
    isClosed = true
    whenGone()
  })
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? 80
    },
    write: (text) =>
      new Promise((resolve, reject) => {
        if (isClosed) return resolve()
        stream.write(text, (error) => {
          const isGone = isClosed || (error && 'code' in error && error.code === 'EPIPE')
          if (error && !isGone) reject(error)
          else resolve()
        })
      }),
  }
}

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => {
    process.exitCode = exitCode
    stop.abort()
  })
}

async function main(): Promise<void> {
  const stdout = output(process.stdout, () => stop.abort())
  const pager = pagerOf(process.env)
  const exitCode = await runCommand(process.argv.slice(2), {
    cwd: process.cwd(),
    env: process.env,
    callerPid: process.ppid,
    stdin: process.stdin,
    stdout,
    page: (whenGone) => (pager === undefined ? undefined : startPager(pager, process.env, stdout, whenGone)),
    stderr: output(process.stderr, () => undefined),
    signal: stop.signal,
    clock: systemClock,
    ...(process.env['COORD_REQUEST_ID'] && { requestId: process.env['COORD_REQUEST_ID'] }),
    coordlogRoot: installationAbove(fileURLToPath(import.meta.url)),
  })
  process.exitCode ??= exitCode
}

void main()
