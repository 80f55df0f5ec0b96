import { once } from '@coordlog/coordination/once'
import * as z from 'zod/mini'
import type { ShellCall } from './contract.js'
import { callOfPaths } from './fields.js'

const Input = once(() =>
  z.object({ command: z.string(), run_in_background: z.nullish(z.boolean()), is_background: z.nullish(z.boolean()) }),
)

type Facts = Pick<ShellCall, 'call' | 'request' | 'turn' | 'dialect'>

/** A shell tool with its input, which all programs write alike; undefined: there is no command in it. */
export function shellCall(tool: string, input: unknown, facts: Facts): ShellCall | undefined {
  const read = Input().safeParse(input)
  if (!read.success) return undefined
  const { command, run_in_background, is_background } = read.data
  const isBackground = run_in_background === true || is_background === true
  return { tool, command: command.toWellFormed(), ...facts, ...(isBackground && { background: true }) }
}

/** Where the program gives its calls no id: the command itself. `moment`: what tells this event from the next one like it. */
export function namedByCommand(input: unknown, event: string, moment: string): Pick<ShellCall, 'call' | 'request'> {
  const read = Input().safeParse(input)
  if (!read.success) return {}
  const call = callOfPaths([read.data.command.toWellFormed()])
  return { call, request: `${event} ${moment} ${call}` }
}
