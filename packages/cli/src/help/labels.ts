import type { ArgInput, FlagInput } from '@oclif/core/interfaces'

type Flag = FlagInput[string]
type Argument = ArgInput[string]

/** "--ttl DURATION", "--json". */
export function flagLabel(name: string, flag: Flag): string {
  const value = flagValue(flag)
  return value === undefined ? `--${name}` : `--${name} ${value}`
}

/** What stands after the flag; undefined for one that takes no value. */
export function flagValue(flag: Flag): string | undefined {
  if (flag.type === 'boolean') return undefined
  const value = flag.helpValue ?? flag.options?.join('|') ?? 'VALUE'
  return typeof value === 'string' ? value : value.join(' ')
}

/** The closed list that its value is one of; empty: free. */
export function flagChoices(flag: Flag): readonly string[] {
  return flag.type === 'option' ? (flag.options ?? []) : []
}

/** "PATH...", "[DIR]". */
export function argumentLabel(name: string, argument: Argument): string {
  const label = `${name.toUpperCase()}${argument.multiple ? '...' : ''}`
  return argument.required ? label : `[${label}]`
}
