import { join } from 'node:path'
import { shimPath } from './files.js'
import type { Scope } from './scope.js'
import { shellWord } from './shellWord.js'

/**
 * Our hook as one line for clients that hand it to a shell. It ends with 0 whatever happens, also where coordlog is not installed: some
 * clients take any other end for a refusal. In project scope the text is the same in every clone and for every person; it looks for our
 * files from the working folder up to the top of the worktree: what lies above is somebody else's.
 * COORD_INPUT says that the client closes its end of the pipe when the payload is out: bin/client.sh reads that in a third of the time.
 *
 * Our program is a bash program. A bash reads it into a subshell, which costs a fork; to start it as a program of its own costs two
 * more programs, env and bash. Not in the POSIX mode, in which an older bash does not know all that it uses. --norc: a bash whose input
 * is a socket takes itself for a remote one, and reads the person's .bashrc first.
 */

/** `bash`: the client starts one. `any`: whatever the person has, so that the line says itself who is to read it. */
export type ClientShell = 'bash' | 'any'

export function shellCommand(agent: string, shell: ClientShell, scope: Scope, coordlogRoot: string): string {
  const found =
    scope === 'user'
      ? `d=${shellWord(join(coordlogRoot, 'bin/coord'))}`
      : `d=$PWD; until [ -x "$d/${shimPath}" ] || [ -e "$d/.git" ] || [ -z "$d" ]; do d=\${d%/*}; done; d=$d/${shimPath}`
  const script =
    `${found}; export COORD_INPUT=ends; [ ! -x "$d" ] || case $BASH_VERSION:$SHELLOPTS in ` +
    `:* | *posix*) "$d" hook ${agent} ;; *) (. "$d" hook ${agent}) ;; esac; exit 0`
  return shell === 'bash' ? script : `exec bash --norc -c ${shellWord(script)}`
}

/** Written by coordlog, this version or an earlier one. A later one adds its own forms and keeps these. */
export function isShellCommand(text: string, agent: string): boolean {
  if (!text.includes('/bin/coord')) return false
  if (text.startsWith('exec sh -c ')) return text.endsWith(` hook ${agent}; exit 0'`)
  const script = scriptIn(text)
  return script.startsWith('d=') && script.endsWith(`; *) (. "$d" hook ${agent}) ;; esac; exit 0`)
}

/** The program that it names, if it names one. */
export function programIn(text: string): string | undefined {
  const script = scriptIn(text)
  const word =
    /^d=(?!\$PWD;)(.+); export COORD_INPUT=ends; /.exec(script)?.[1] ??
    /^COORD_INPUT=ends (.+) hook [\w-]+; exit 0$/.exec(script)?.[1]
  return word?.startsWith("'") ? unquoted(word) : word
}

/** What the shell that the line starts is told, or the line itself. */
function scriptIn(text: string): string {
  const word = /^exec (?:sh|bash --norc) -c ('.*')$/s.exec(text)?.[1]
  return word === undefined ? text : unquoted(word)
}

function unquoted(word: string): string {
  return word.slice(1, -1).replaceAll(`'\\''`, "'")
}
