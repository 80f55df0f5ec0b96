import { type Completable, type CompletableFlag, wordTree } from './words.js'

/** Works as a file named _coord in a folder of $fpath, and when it is sourced after compinit. */
export function zshScript(all: readonly Completable[]): string {
  const tree = wordTree(all)
  return `#compdef coord
# zsh completion of coord
_coord() {
  local first= id= each
  local -i at=2
  while (( at < CURRENT )); do
    each=\${words[at]}
    case $each in
      --dir|--repo) (( at++ )) ;;
      -*) ;;
      *) if [[ -z $first ]]; then first=$each; id=$each
         elif [[ $id == $first ]]; then case "$first $each" in (${twoWords(all)}) id="$first $each" ;; esac; fi ;;
    esac
    (( at++ ))
  done
  if [[ -z $first ]]; then
    local -a firsts=(${[...tree].map(([first, words]) => described(first, summaryOf(all, first, words))).join(' ')})
    _describe command firsts
    return
  fi
  local -a seconds=()
  case $id in
${[...tree]
  .filter(([, words]) => words.length > 0)
  .map(
    ([first, words]) =>
      `    ${first}) seconds=(${words.map((word) => described(word, summaryOf(all, `${first} ${word}`, []))).join(' ')}) ;;`,
  )
  .join('\n')}
  esac
  (( $#seconds )) && [[ \${words[CURRENT]} != -* ]] && _describe command seconds
  case $id in
${all.map(zshCase).join('\n')}
  esac
}
if [[ $funcstack[1] == _coord ]]; then _coord "$@"; else compdef _coord coord; fi
`
}

function twoWords(all: readonly Completable[]): string {
  return all
    .filter(({ id }) => id.includes(' '))
    .map(({ id }) => `"${id}"`)
    .join('|')
}

function summaryOf(all: readonly Completable[], id: string, words: readonly string[]): string {
  return all.find((each) => each.id === id)?.summary ?? words.join(', ')
}

function zshCase({ id, flags, choices, takesPath }: Completable): string {
  // The words of the command count as arguments too; without a rule for them zsh would offer no flag's values.
  const values = choices.length > 0 ? `(${choices.join(' ')})` : takesPath ? '_files' : ''
  const rest = quoted(`*:argument:${values}`)
  return `    "${id}") _arguments ${flags.map(flagSpecification).join(' ')} ${rest} ;;`
}

function flagSpecification({ name, summary, takesValue, choices, takesPath }: CompletableFlag): string {
  const text = summary.replaceAll(/[[\]:\\]/g, (character) => `\\${character}`)
  if (!takesValue) return quoted(`*--${name}[${text}]`)
  const values = choices.length > 0 ? `(${choices.join(' ')})` : takesPath ? '_files' : ''
  return quoted(`*--${name}=[${text}]:value:${values}`)
}

function described(word: string, summary: string): string {
  return quoted(`${word}:${summary.replaceAll(':', '\\:')}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
