import type { Clock } from '@coordlog/runtime/clock'
import type { Coordination, OpenOptions } from '@coordlog/runtime/coordination'
import type { Place } from '@coordlog/runtime/place'
import type { AgentAdapter, Environment, HookEvent } from './contract.js'

/** Everything of a process that a hook may touch: its own, or that of whoever asked a resident. */
export interface HookIo {
  /** A stream, or all of it. */
  stdin: AsyncIterable<Uint8Array> | Uint8Array
  env: Environment
  cwd: string
  /** The process that started the hook, or a shell that it started for that; 0: not known. */
  callerPid: number
  stdout: { write(text: string): void }
  stderr: { write(text: string): void }
  clock?: Clock
  /** How to get at the log; a resident has it open already. */
  open?: (options: OpenOptions) => Promise<Coordination>
  /** For work that may wait until the answer is out; by default it is done when the answer has been written. */
  afterAnswer?: (work: () => void) => void
  /** Brings up the resident of this place; a resident has none to bring up. */
  startResident?: (place: Place) => void | Promise<void>
  /** Fires when whoever asked does not wait for the answer any more, and may have had the same done elsewhere. */
  signal?: AbortSignal
}

/** What is known so far of the event in hand: enough to say, when it fails, whose it was and where. */
export interface Progress {
  readonly agentName: string
  readonly io: HookIo
  readonly clock: Clock
  adapter?: AgentAdapter
  event?: HookEvent
  coordination?: Coordination
  readonly afterwards: (() => void)[]
}
