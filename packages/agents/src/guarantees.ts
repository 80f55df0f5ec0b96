/**
 * What coordlog can promise for an agent program, and what that program makes impossible. Data: the page docs/agents.md is written
 * from it, and each cell of `leaseEnds` is played in a test.
 */
export interface Guarantees {
  /** As in `coord hook AGENT`. */
  agent: string
  title: string
  /** The version whose payloads were recorded and that the tests run. */
  version: string
  /** Files of its configuration that `coord init` writes, by scope. */
  configuration: string
  /** Sentences. */
  given: readonly string[]
  /** Sentences: what it cannot give, and what that means for the person. */
  missing: readonly string[]
  /** What an agent is told besides a refusal, and with which events. */
  context: string
  leaseEnds: Readonly<Record<Outcome, LeaseEnd>>
}

/** What may become of a call whose edit was announced. */
export const outcomes = {
  succeeded: 'the file was written',
  failed: 'the tool failed',
  refused: 'we refused it',
  forbidden: 'the user or a rule said no',
  interrupted: 'SIGINT, or Esc',
  killed: 'SIGKILL, a crash',
} as const
export type Outcome = keyof typeof outcomes

export interface LeaseEnd {
  /** What the program sends then, in its own words; undefined: nothing. */
  sends?: string
  /** What ends the lease, as a person would say it. */
  endsWith: string
}
