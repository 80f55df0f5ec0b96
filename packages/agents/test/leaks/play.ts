import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Outcome } from '../../src/guarantees.js'
import { type Ran, run, type Session, session, type TestClock } from '../session.js'

/** How one agent program plays a cell of the leak table: recorded payloads, in the order in which it sends them. */
export interface Play {
  agent: string
  /** The file, below the repository, whose edit is announced. */
  path: string
  /** Whatever comes before. */
  begin(stage: Stage): Promise<unknown>
  /** The edit is announced. */
  announce(stage: Stage): Promise<Ran>
  /** The reason that the model reads. */
  refusal(ran: Ran): string | undefined
  /** What comes then. `succeeded`: up to where the file is written. */
  outcome: Record<Exclude<Outcome, 'refused'>, (stage: Stage) => Promise<unknown>>
  endTurn(stage: Stage): Promise<unknown>
}

export interface Stage {
  repo: string
  clock: TestClock
  /** A session of Claude Code that wants the same file. */
  other: Session
  /** The program's process, and how it dies. */
  clientPid: number
  kill(): Promise<void>
}

type Fields = Record<string, unknown>

/** A recording, with this repository in it and these fields in the place of its own. */
export function recording(name: string, repo: string, fields: Fields = {}): Fields {
  const file = fileURLToPath(new URL(`../../../test/fixtures/${name}.json`, import.meta.url))
  const recorded: Fields = JSON.parse(readFileSync(file, 'utf8').replaceAll('/home/dev/app', repo))
  return { ...recorded, ...fields }
}

/** Sends a recording by `coord hook AGENT`, as if the program's process had started it. */
export function send(
  agent: string,
  { repo, clock, clientPid }: Stage,
  name: string,
  fields: Fields = {},
): Promise<Ran> {
  const payload = JSON.stringify(recording(name, repo, fields))
  return run(payload, { cwd: repo, clock, callerPid: clientPid }, agent)
}

export function otherSession(repo: string, clock: TestClock): Session {
  return session(repo, 'other', clock)
}
