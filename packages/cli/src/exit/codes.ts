/** What the process's end says. The list is complete, and part of the contract with scripts. */
export const exitCodes = {
  done: 0,
  /** The answer is no: damage found, a fault found, the path is held. */
  no: 1,
  usage: 2,
  /** Refused by the rules: held by another, stale token, not yours, no such thing. */
  refused: 3,
  damaged: 65,
  io: 74,
  busy: 75,
  denied: 77,
  unsafe: 78,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** For `coord --help`. */
export const exitMeanings: readonly (readonly [ExitCode, string])[] = [
  [0, 'done; or the answer is yes'],
  [1, 'the answer is no'],
  [2, 'what was typed cannot be; the message names it and the limit'],
  [3, 'refused by the rules: held by another, stale token, unknown id'],
  [65, 'the log is damaged'],
  [74, 'input/output error; nothing half recorded'],
  [75, 'busy: somebody else was writing'],
  [77, 'permission denied'],
  [78, 'the set-up is unsafe or broken'],
]
