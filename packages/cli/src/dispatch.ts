import { shown } from '@coordlog/coordination/shownText'
import type { Command } from './define.js'
import { usage } from './exit/failure.js'
import { nearest } from './nearest.js'
import { aliases, commands, topics } from './table.js'

export type Request =
  | { kind: 'command'; id: string; command: Command; argv: string[] }
  | { kind: 'help'; words: string[] }
  | { kind: 'version' }

const valued = ['--dir', '--repo']
const helpWords = ['--help', '-h']

/** What the words ask for. Global flags may stand before the command's words; help wins over everything but "--". */
export function requestOf(argv: readonly string[]): Request {
  return hookAsWired(argv) ?? anyRequest(argv)
}

/** A resident is asked for little else, and has a millisecond for it. */
function hookAsWired(argv: readonly string[]): Request | undefined {
  const [id, agent] = argv
  const command = id === 'hook' && argv.length === 2 ? commands[id] : undefined
  if (id === undefined || agent === undefined || command === undefined || agent.startsWith('-')) return undefined
  return { kind: 'command', id, command, argv: [agent] }
}

function anyRequest(argv: readonly string[]): Request {
  const { leading, rest } = splitLeading(argv)
  const [first] = rest
  if (leading.includes('--version') || first === 'version') return { kind: 'version' }
  if (first === undefined) return { kind: 'help', words: [] }
  if (first === 'help') return { kind: 'help', words: topicOrCommand(plainWords(rest.slice(1))) }
  const wantsHelp = [...leading, ...beforeDashes(rest)].some((word) => helpWords.includes(word))
  const { id, length } = idAtStart(rest)
  const command = id === undefined ? undefined : commands[id]
  if (id === undefined || command === undefined) return helpFor(plainWords(rest), wantsHelp)
  if (wantsHelp) return { kind: 'help', words: id.split(' ') }
  return { kind: 'command', id, command, argv: [...leading, ...rest.slice(length)] }
}

function plainWords(words: readonly string[]): string[] {
  return words.filter((word) => !word.startsWith('-'))
}

/** A topic alone, or with --help and anything after it, is a question; every other unknown word is an error. */
function helpFor(words: readonly string[], wantsHelp: boolean): Request {
  const [first = ''] = words
  if (topics.has(first) && (words.length === 1 || wantsHelp)) return { kind: 'help', words: [first] }
  throw unknownCommand(words)
}

function splitLeading(argv: readonly string[]): { leading: string[]; rest: string[] } {
  let at = 0
  while (at < argv.length) {
    const word = argv[at] ?? ''
    if (!word.startsWith('-') || word === '--') break
    at += valued.includes(word) ? 2 : 1
  }
  return { leading: argv.slice(0, at), rest: argv.slice(at) }
}

function beforeDashes(words: readonly string[]): string[] {
  const end = words.indexOf('--')
  return end === -1 ? [...words] : words.slice(0, end)
}

/** The longest id that the words begin with, and how many words it took. */
function idAtStart(words: readonly string[]): { id: string | undefined; length: number } {
  for (const length of [2, 1]) {
    const asked = words.slice(0, length).join(' ')
    const id = aliases.get(asked) ?? asked
    if (words.length >= length && commands[id] !== undefined) return { id, length }
  }
  return { id: undefined, length: 0 }
}

function topicOrCommand(words: string[]): string[] {
  const { id } = idAtStart(words)
  if (id !== undefined) return id.split(' ')
  if (words.length === 0 || (words.length === 1 && topics.has(words[0] ?? ''))) return words
  throw unknownCommand(words)
}

function unknownCommand(words: readonly string[]) {
  const [first = '', second = ''] = words
  const ids = Object.keys(commands)
  const inTopic = !topics.has(first) ? undefined : ids.filter((id) => id.startsWith(`${first} `))
  const asked = inTopic === undefined && second === '' ? first : `${first} ${second}`.trim()
  const meant = nearest(asked, inTopic ?? ids) ?? nearest(first, [...ids, ...topics.keys()])
  const hint = meant === undefined ? '' : ` Did you mean: coord ${meant}?`
  const known = inTopic === undefined ? '' : ` It has: ${inTopic.map((id) => id.slice(first.length + 1)).join(', ')}.`
  return usage(`There is no command "${shown(asked.slice(0, 60))}".${known}${hint} Run: coord --help`, {
    value: asked,
    ...(meant !== undefined && { meant }),
  })
}
