/** What the server needs of whoever serves it: the commands of coord, run as the instance for which a connection acts. No code. */

/** For whom a command is run: nobody (it only looks), the instance if it is there, or one that is registered if need be. */
export type Acting = 'nobody' | 'known' | 'registered'

export interface CommandLine {
  /** The words after "coord". */
  words: readonly string[]
  /** What stands after "--": never taken for a flag. */
  operands?: readonly string[]
  acting: Acting
}

export interface CommandAnswer {
  /** What --json gives; of a stream the list of its documents. */
  document: Readonly<Record<string, unknown>>
  /** What a person reads, safe to show: the answer, and then what the command noted besides. */
  text: string
  isRefused: boolean
}

export interface CommandHost {
  readonly version: string
  /** `client`: the program at the other end, as it calls itself. */
  run(line: CommandLine, client: string, signal: AbortSignal): Promise<CommandAnswer>
}
