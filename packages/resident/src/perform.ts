import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { isCode } from '@coordlog/log/errors'
import type { Coordination, OpenOptions } from '@coordlog/runtime/coordination'
import { openCoordination } from '@coordlog/runtime/coordination'
import { forgetRepositories, realFolder } from '@coordlog/runtime/place'
import { bodyBytesMax } from './body.js'
import { type Frame, FrameError } from './frame.js'
import type { WarmLog } from './warmLog.js'

export interface Performed {
  exitCode: number
  stdout: string
  stderr: string
  /** Whatever was kept for another try, when the answer is out. */
  release?(): void
}

/** 'elsewhere': this command needs a process of its own; the client starts one. `gone` fires when the caller hung up. */
export type Performer = (frame: Frame, gone: AbortSignal) => Promise<Performed | 'elsewhere'>

/** What a command is given instead of a process; the shape of the CLI's context. */
export interface Surroundings {
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  callerPid: number
  requestId: string
  stdin: AsyncIterable<Uint8Array>
  /** The same. */
  input: Uint8Array
  stdout: Sink
  stderr: Sink
  signal: AbortSignal
  /** How to get at the log: that of this resident is open already. */
  open(options: OpenOptions): Promise<Coordination>
  /** For work that may wait until the answer is out. */
  afterAnswer(work: () => void): void
}

export interface Sink {
  write(text: string): Promise<void>
  readonly isTerminal: boolean
  readonly columns: number
}

export type RunCommand = (argv: readonly string[], surroundings: Surroundings) => Promise<number>

export interface Performance {
  directory: string
  warm: WarmLog
  runCommand: RunCommand
  /** Which command lines may be run here: none that needs a terminal or runs long. */
  isFit(argv: readonly string[]): boolean
  /** For work that may wait until the answer is out. */
  later(work: () => Promise<void>): void
}

/** Runs a command line as if it had been called in a process of its own; what it prints is kept until it is done. */
export function performer({ directory, warm, runCommand, isFit, later }: Performance): Performer {
  return async (frame, gone) => {
    // Without a folder to stand in, a process of its own knows better what to say.
    const cwd = isFit(frame.argv) ? folderOf(frame.cwd) : undefined
    if (cwd === undefined) return 'elsewhere'
    const { env, callerPid, requestId, argv, isTerminal, columns } = frame
    const stdout = sink(isTerminal.stdout, columns)
    const stderr = sink(isTerminal.stderr, columns)
    const input = inputOf(frame, directory)
    const exitCode = await runCommand(argv, {
      cwd,
      env,
      callerPid,
      requestId,
      stdin: asStream(input),
      input,
      stdout,
      stderr,
      signal: gone,
      open: (options) => openLater(options, warm, gone, later),
      afterAnswer: (work) => void setImmediate(work),
    })
    const performed = { exitCode, stdout: stdout.text(), stderr: stderr.text() }
    const { stdin } = frame
    return stdin.kind === 'text' ? performed : { ...performed, release: () => rmSync(stdin.path, { force: true }) }
  }
}

/** A shell says by which way it came; a process is told where that leads. */
function folderOf(path: string): string | undefined {
  try {
    return realFolder(path)
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG')) return undefined
    throw error
  }
}

/** Whoever asked has gone by then; what tidying up records is recorded all the same. */
const neverGone = new AbortController().signal

/** Opens as everybody does, over the log that is warm; what may wait is done when the answer is out. */
async function openLater(
  options: OpenOptions,
  warm: WarmLog,
  gone: AbortSignal,
  later: Performance['later'],
): Promise<Coordination> {
  const coordination = await openCoordination({ ...options, ...warm.accessFor(gone) })
  if (coordination.place.directory !== warm.directory) return coordination
  const tidyUp = async () => {
    // What was remembered of places for the caller may not hold any more.
    forgetRepositories()
    const own = await openCoordination({ ...options, ...warm.accessFor(neverGone) })
    // The folder in which the caller stood may have gone since: what lies above it is another place.
    if (own.place.directory === warm.directory) await own.tidyUp()
    else own.close()
  }
  return { ...coordination, tidyUp: async () => later(tidyUp) }
}

/** A long input comes as a file beside the log. It stays until the answer is out: should none come, it is needed again. */
function inputOf({ stdin }: Frame, directory: string): Uint8Array {
  return stdin.kind === 'text' ? stdin.bytes : readInput(stdin.path, directory)
}

async function* asStream(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}

function readInput(path: string, directory: string): Uint8Array {
  if (realpathSync(dirname(path)) !== directory || !/^stdin\.\d+$/.test(basename(path))) {
    throw new FrameError(`standard input is not in ${directory}`)
  }
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const facts = fstatSync(descriptor)
    if (!facts.isFile() || facts.size > bodyBytesMax) throw new FrameError(`standard input has ${facts.size} bytes`)
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
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
