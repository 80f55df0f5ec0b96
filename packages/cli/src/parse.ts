import { stripVTControlCharacters } from 'node:util'
import { shown } from '@coordlog/coordination/shownText'
import { CLIError } from '@oclif/core/errors'
import type { ArgInput, FlagInput } from '@oclif/core/interfaces'
import { parse } from '@oclif/core/parser'
import { type Failure, usage } from './exit/failure.js'
import { argumentLabel } from './help/labels.js'
import { didYouMean } from './nearest.js'

/**
 * oclif's parser, with its errors in our words: one sentence, the nearest right flag, the command to run, exit code 2.
 * Definitions are copied, because the parser writes into them.
 */
export async function parseArguments<Flags, Args>(
  id: string,
  argv: readonly string[],
  flags: FlagInput,
  args: ArgInput,
): Promise<{ flags: Flags; args: Args }> {
  refuseInherited(id, argv)
  try {
    const parsed = await parse([...argv], { flags: copied(flags), args: copied(args) })
    // The definitions decide the types of what comes back; oclif infers them only for its own command classes.
    return { flags: parsed.flags as Flags, args: parsed.args as Args }
  } catch (error) {
    if (error instanceof CLIError) throw inOurWords(error, id, flags, args)
    throw error
  }
}

function copied<T extends object>(definitions: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(definitions).map(([name, each]) => [name, { ...each }]))
}

/** The parser looks flags up in plain objects, where "constructor" and its like are found without being there. */
function refuseInherited(id: string, argv: readonly string[]): void {
  for (const word of argv) {
    if (word === '--') return
    const name = /^--(?:no-)?([^=]*)/.exec(word)?.[1]
    if (name !== undefined && name in Object.prototype) {
      throw usage(`There is no flag ${shown(word)} here. Run: coord ${id} --help`)
    }
  }
}

type Rewording = readonly [pattern: RegExp, words: (match: RegExpExecArray) => string]

function inOurWords(error: CLIError, id: string, flags: FlagInput, args: ArgInput): Failure {
  const message = stripVTControlCharacters(error.message)
  const names = Object.keys(flags).map((name) => `--${name}`)
  const rewordings: readonly Rewording[] = [
    [
      /^Nonexistent flags?: (.*?)(, -|\n|$)/s,
      ([, flag = '']) => `There is no flag ${flag} here.${didYouMean(flag.split('=', 1)[0] ?? '', names)}`,
    ],
    [/^Unexpected arguments?: (.*)\nSee more/s, ([, extra]) => `${extra}: one argument too many.`],
    [/^Missing \d+ required arg/, () => `${missing(args)} is missing.`],
    [/Missing required flag ([\w-]+)/, () => `Missing: ${missingFlags(message)}.`],
    [
      /^Expected (?:(--[\w-]+)=)?(.*) to be one of: (.*)\nSee more/s,
      ([, flag, value = '', list = '']) => notAmong(flag, value, list),
    ],
    [/^Flag (--[\w-]+) expects/, ([, flag]) => `${flag} needs a value.`],
    [/^Flag (--[\w-]+) can only be specified once/, ([, flag]) => `${flag} was given twice.`],
    [/^Parsing (--[\w-]+) \n\t(.*)\nSee more/s, ([, flag, reason]) => `${flag}: ${reason}.`],
  ]
  for (const [pattern, words] of rewordings) {
    const match = pattern.exec(message)
    if (match) return usage(`${shown(words(match))} Run: coord ${id} --help`)
  }
  return usage(`${shown(message.replace(/\nSee more help with --help/, ''))} Run: coord ${id} --help`)
}

function notAmong(flag: string | undefined, value: string, list: string): string {
  const hint = didYouMean(value, list.split(', '))
  return `${flag === undefined ? '' : `${flag} `}"${value.slice(0, 60)}" is not one of: ${list}.${hint}`
}

function missing(args: ArgInput): string {
  const required = Object.entries(args).filter(([, each]) => each.required)
  return required.map(([name, each]) => argumentLabel(name, each)).join(' ')
}

function missingFlags(message: string): string {
  return [...message.matchAll(/Missing required flag ([\w-]+)/g)].map(([, name]) => `--${name}`).join(', ')
}
