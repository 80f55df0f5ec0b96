import type { Context } from '../context.js'
import type { Command } from '../define.js'
import { exitMeanings } from '../exit/codes.js'
import { globalFlags } from '../flags/everywhere.js'
import { type Paint, paintFor } from '../output/paint.js'
import { commands, groups, topics } from '../table.js'
import { argumentLabel, flagChoices, flagLabel } from './labels.js'
import { pairs, wrapped } from './wrap.js'

const widthMax = 100

/** For everything (no words), a topic or a command. */
export function helpLines(words: readonly string[], context: Context): string[] {
  const width = Math.max(40, Math.min(context.stdout.columns, widthMax))
  const paint = paintFor(context, context.stdout)
  const id = words.join(' ')
  const command = commands[id]
  if (command !== undefined) return commandLines(id, command, width, paint)
  return topics.has(id) ? topicLines(id, width, paint) : overviewLines(width, paint)
}

function overviewLines(width: number, paint: Paint): string[] {
  return [
    'coord: several coding agents on one repository, without treading on each other.',
    '',
    paint('bold', 'Usage'),
    '  coord COMMAND [ARGUMENTS] [FLAGS]',
    '  coord COMMAND --help',
    '  coord --version',
    ...groups.flatMap((group) => [
      '',
      paint('bold', group.title),
      ...pairs(
        Object.entries(group.commands).map(([id, { summary }]) => [id, summary]),
        width,
        22,
      ),
    ]),
    '',
    paint('bold', 'Flags of every command'),
    ...flagLines(globalFlags, width),
    '',
    paint('bold', 'Exit codes'),
    ...pairs(
      exitMeanings.map(([code, meaning]) => [String(code), meaning]),
      width,
      4,
    ),
  ]
}

function topicLines(topic: string, width: number, paint: Paint): string[] {
  const own = Object.entries(commands).filter(([id]) => id.startsWith(`${topic} `))
  return [
    `coord ${topic}: ${topics.get(topic) ?? ''}`,
    '',
    paint('bold', 'Usage'),
    `  coord ${topic} COMMAND [ARGUMENTS] [FLAGS]`,
    '',
    paint('bold', 'Commands'),
    ...pairs(
      own.map(([id, { summary }]) => [id, summary]),
      width,
      22,
    ),
    '',
    ...wrapped(`More about one of them: coord ${topic} COMMAND --help`, width, 0),
  ]
}

function commandLines(id: string, command: Command, width: number, paint: Paint): string[] {
  const { summary, description, args, flags, examples } = command
  const own = Object.fromEntries(Object.entries(flags).filter(([name]) => !(name in globalFlags)))
  const argumentPairs = Object.entries(args).map(
    ([name, each]) => [argumentLabel(name, each), each.description ?? ''] as const,
  )
  return [
    ...wrapped(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, width, 0),
    ...(description === undefined ? [] : ['', ...wrapped(description, width, 0)]),
    '',
    paint('bold', 'Usage'),
    `  ${usageLine(id, command)}`,
    ...(argumentPairs.length === 0 ? [] : ['', paint('bold', 'Arguments'), ...pairs(argumentPairs, width)]),
    ...(Object.keys(own).length === 0 ? [] : ['', paint('bold', 'Flags'), ...flagLines(own, width)]),
    '',
    paint('bold', 'Flags of every command'),
    ...flagLines(globalFlags, width),
    '',
    paint('bold', 'Examples'),
    ...examples.flatMap(({ does, line }) => [paint('dim', `  # ${does}`), `  ${line}`]),
  ]
}

function usageLine(id: string, { args, flags }: Command): string {
  const required = Object.entries(flags).filter(([, flag]) => flag.required)
  const words = [
    ...Object.entries(args).map(([name, each]) => argumentLabel(name, each)),
    ...required.map(([name, flag]) =>
      flagChoices(flag).length > 0 ? `--${name} ${name.toUpperCase()}` : flagLabel(name, flag),
    ),
  ]
  return ['coord', id, ...words, '[FLAGS]'].join(' ')
}

function flagLines(flags: Command['flags'], width: number): string[] {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const label = flagLabel(name, flag)
    const choices = label.includes('|') && label.length > 30
    // A long list of choices stands below its flag instead of widening the column of all.
    return choices
      ? ([`--${name}`, `${flag.summary ?? ''}; one of ${label.slice(name.length + 3).replaceAll('|', ', ')}`] as const)
      : ([label, flag.summary ?? ''] as const)
  })
  return pairs(rows, width)
}
