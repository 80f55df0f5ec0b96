import type { ArgInput, FlagInput, InferredArgs, InferredFlags } from '@oclif/core/interfaces'
import type { Context } from './context.js'
import type { ExitCode } from './exit/codes.js'
import { globalFlags } from './flags/everywhere.js'
import { parseArguments } from './parse.js'

export interface Example {
  /** What it is good for, as a phrase. */
  does: string
  /** A line that works as it stands, in a repository. */
  line: string
}

/** One call of a command, parsed and checked. */
export interface Call<Flags = GlobalValues, Args = unknown> {
  readonly flags: Flags
  readonly args: Args
  readonly context: Context
}

export interface GlobalValues {
  readonly json: boolean
  readonly dir: string | undefined
  readonly repo: string | undefined
  readonly 'allow-network-fs': boolean
}

/** What help and completion read. */
export interface CommandText {
  /** One line, imperative. */
  readonly summary: string
  /** More, when the summary is not enough: what it does not do, units, rules. */
  readonly description?: string
  readonly examples: readonly Example[]
}

interface Specification<F extends FlagInput, A extends ArgInput> extends CommandText {
  readonly flags: F
  readonly args: A
  /** For words that need no parser, what they mean: parsing takes a tenth of the time that a resident has for a hook. */
  atOnce?(
    argv: readonly string[],
  ): Pick<Call<GlobalValues & InferredFlags<F>, InferredArgs<A>>, 'flags' | 'args'> | undefined
  run(call: Call<GlobalValues & InferredFlags<F>, InferredArgs<A>>): Promise<ExitCode>
}

export interface Command extends CommandText {
  /** The global ones among them. */
  readonly flags: FlagInput
  readonly args: ArgInput
  /** Throws Failure for what its user must know; the caller makes the exit code of it. */
  perform(id: string, argv: readonly string[], context: Context): Promise<ExitCode>
}

/** A command is data and one call. */
export function defineCommand<F extends FlagInput, A extends ArgInput>(specification: Specification<F, A>): Command {
  const { args } = specification
  const flags = { ...specification.flags, ...globalFlags }
  return {
    ...specification,
    flags,
    perform: async (id, argv, context) => {
      const parsed =
        specification.atOnce?.(argv) ??
        (await parseArguments<GlobalValues & InferredFlags<F>, InferredArgs<A>>(id, argv, flags, args))
      return specification.run({ ...parsed, context })
    },
  }
}
