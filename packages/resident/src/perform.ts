import { readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Frame, FrameError } from './frame.js'

export interface Performed {
  exitCode: number
  stdout: string
  stderr: string
}

/** 'elsewhere': this command needs a process of its own; the client starts one. */
export type Performer = (frame: Frame) => Promise<Performed | 'elsewhere'>

/** What a command is given instead of a process; the shape of the CLI's context. */
export interface Surroundings {
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  callerPid: number
  requestId: string
  stdin: AsyncIterable<Uint8Array>
  stdout: Sink
  stderr: Sink
  signal: AbortSignal
}

export interface Sink {
  write(text: string): Promise<void>
  readonly isTerminal: boolean
  readonly columns: number
}

export type RunCommand = (argv: readonly string[], surroundings: Surroundings) => Promise<number>

/** Runs a command line as if it had been called in a process of its own; what it prints is kept until it is done. */
export function performer(
  directory: string,
  runCommand: RunCommand,
  isFit: (argv: readonly string[]) => boolean,
): Performer {
  return async (frame) => {
    if (!isFit(frame.argv)) return 'elsewhere'
    const { cwd, env, callerPid, requestId, argv, isTerminal, columns } = frame
    const stdout = sink(isTerminal.stdout, columns)
    const stderr = sink(isTerminal.stderr, columns)
    const exitCode = await runCommand(argv, {
      cwd,
      env,
      callerPid,
      requestId,
      stdin: stdinOf(frame, directory),
      stdout,
      stderr,
      signal: new AbortController().signal,
    })
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
  }
}

/** A long input comes as a file beside the log, and is taken away from there. */
async function* stdinOf({ stdin }: Frame, directory: string): AsyncGenerator<Uint8Array> {
  if (stdin.kind === 'text') {
    if (stdin.bytes.length > 0) yield stdin.bytes
    return
  }
  if (dirname(stdin.path) !== directory) throw new FrameError(`standard input is not in ${directory}`)
  const bytes = readFileSync(stdin.path)
  rmSync(stdin.path, { force: true })
  yield bytes
}

function sink(isTerminal: boolean, columns: number): Sink & { text(): string } {
  const written: string[] = []
  return {
    isTerminal,
    columns,
    write: async (text) => {
      written.push(text)
    },
    text: () => written.join(''),
  }
}
