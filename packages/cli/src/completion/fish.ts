import { type Completable, type CompletableFlag, wordTree } from './words.js'

export function fishScript(all: readonly Completable[]): string {
  const lines = ['# fish completion of coord', 'complete -c coord -f']
  const tree = wordTree(all)
  for (const [first, words] of tree) {
    const summary = all.find(({ id }) => id === first)?.summary ?? words.join(', ')
    lines.push(`complete -c coord -n __fish_use_subcommand -a ${first} -d ${quoted(summary)}`)
    if (words.length === 0) continue
    const isOpen = `"__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${words.join(' ')}"`
    for (const word of words) {
      const found = all.find(({ id }) => id === `${first} ${word}`)
      lines.push(`complete -c coord -n ${isOpen} -a ${word} -d ${quoted(found?.summary ?? '')}`)
    }
  }
  for (const each of all) lines.push(...commandLines(each))
  return `${lines.join('\n')}\n`
}

function commandLines({ id, flags, choices, takesPath }: Completable): string[] {
  const isThis = `"${id
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ')}"`
  return [
    ...flags.map((flag) => flagLine(isThis, flag)),
    ...(choices.length > 0 ? [`complete -c coord -n ${isThis} -a ${quoted(choices.join(' '))}`] : []),
    ...(takesPath ? [`complete -c coord -n ${isThis} -F`] : []),
  ]
}

function flagLine(isThis: string, { name, summary, takesValue, choices, takesPath }: CompletableFlag): string {
  const value = !takesValue
    ? ''
    : choices.length > 0
      ? ` -x -a ${quoted(choices.join(' '))}`
      : takesPath
        ? ' -r -F'
        : ' -x'
  return `complete -c coord -n ${isThis} -l ${name}${value} -d ${quoted(summary)}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
