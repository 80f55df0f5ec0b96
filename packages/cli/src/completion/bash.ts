import { type Completable, wordTree } from './words.js'

/** bash 3.2 and later, without the bash-completion package. */
export function bashScript(all: readonly Completable[]): string {
  const tree = wordTree(all)
  return `# bash completion of coord
_coord() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} first= id= each
  COMPREPLY=()
  local at=1
  while [ $at -lt $COMP_CWORD ]; do
    each=\${COMP_WORDS[at]}
    case $each in
      --dir|--repo) at=$((at + 1)) ;;
      -*) ;;
      *) if [ -z "$first" ]; then first=$each; id=$each
         elif [ "$id" = "$first" ]; then case "$first $each" in ${twoWordPattern(all)}) id="$first $each" ;; esac; fi ;;
    esac
    at=$((at + 1))
  done
  if [ -z "$first" ] && [ "\${word#-}" = "$word" ]; then
    COMPREPLY=($(compgen -W "${[...tree.keys()].join(' ')}" -- "$word"))
    return
  fi
  case $id in
${[...tree]
  .filter(([, words]) => words.length > 0)
  .map(
    ([first, words]) =>
      `    ${first}) [ "\${word#-}" = "$word" ] && COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$word")) ;;`,
  )
  .join('\n')}
  esac
  local flags= choices= files=
  case $id in
${all.map(bashCase).join('\n')}
  esac
  if [ -n "$choices" ]; then COMPREPLY=($(compgen -W "$choices" -- "$word"))
  elif [ "\${word#-}" != "$word" ]; then COMPREPLY=($(compgen -W "$flags" -- "$word"))
  elif [ -n "$files" ]; then COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _coord coord
`
}

function twoWordPattern(all: readonly Completable[]): string {
  return all
    .filter(({ id }) => id.includes(' '))
    .map(({ id }) => `"${id}"`)
    .join('|')
}

function bashCase({ id, flags, choices, takesPath }: Completable): string {
  const byFlag = flags
    .filter((flag) => flag.takesValue)
    .map(({ name, choices: values, takesPath: isPath }) => {
      const set = values.length > 0 ? `choices="${values.join(' ')}"` : isPath ? 'files=yes' : 'flags='
      return `--${name}) ${set} ;;`
    })
  const rest = choices.length > 0 ? `choices="${choices.join(' ')}"` : takesPath ? 'files=yes' : ':'
  return `    "${id}") flags="${flags.map(({ name }) => `--${name}`).join(' ')}"
      case $before in ${byFlag.join(' ')} *) case $word in -*) ;; *) ${rest} ;; esac ;; esac ;;`
}
