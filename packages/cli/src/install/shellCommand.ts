import { join } from 'node:path'
import { shimPath } from './files.js'
import type { Scope } from './scope.js'
import { shellWord } from './shellWord.js'

/**
 * Our hook as one line for clients that hand it to a shell. It ends with 0 where coordlog is not installed, and whatever it ends with. In
 * project scope the text is the same in every clone and for every person; it looks for our files from the working folder up to the top of
 * the worktree: what lies above is somebody else's.
 * COORD_INPUT says that the client closes its end of the pipe when the payload is out: bin/client.sh reads that in a third of the time.
 *
 * Our program is a bash program, so that a bash can read it where it is: starting it would cost another one.
 */

/**
 * `bash`: the client starts one, and takes any end but 0 for a refusal. Read into a subshell, nothing that happens to it is heard. Not in
 * the POSIX mode, in which an older bash does not know all that it uses.
 * `any`: whatever shell the person has, so that the line says itself who is to read it; the client lets the edit go on at any end but 2,
 * and that is none of node's or of a signal. --norc: a bash whose input is a socket takes itself for a remote one, and reads .bashrc first.
 */
export type ClientShell = 'bash' | 'any'

export function shellCommand(agent: string, shell: ClientShell, scope: Scope, coordlogRoot: string): string {
  const found =
    scope === 'user'
      ? `d=${shellWord(join(coordlogRoot, 'bin/coord'))}`
      : `d=$PWD; until [ -x "$d/${shimPath}" ] || [ -e "$d/.git" ] || [ -z "$d" ]; do d=\${d%/*}; done; d=$d/${shimPath}`
  const script = `${found}; export COORD_INPUT=ends; [ ! -x "$d" ] || ${readings[shell](agent)}; exit 0`
  return shell === 'bash' ? script : `exec bash --norc +o posix -c ${shellWord(script)}`
}

const readings: Readonly<Record<ClientShell, (agent: string) => string>> = {
  bash: (agent) =>
    `case $BASH_VERSION:$SHELLOPTS in :* | *posix*) "$d" hook ${agent} ;; *) (. "$d" hook ${agent}) ;; esac`,
  any: (agent) => `{ trap "exit 0" EXIT; . "$d" hook ${agent}; }`,
}

/** Written by coordlog, this version or an earlier one. A later one adds its own forms and keeps these. */
export function isShellCommand(text: string, agent: string): boolean {
  if (!text.includes('/bin/coord')) return false
  if (text.startsWith('exec sh -c ')) return text.endsWith(` hook ${agent}; exit 0'`)
  const script = scriptIn(text)
  const isRead = Object.values(readings).some((reading) => script.endsWith(` || ${reading(agent)}; exit 0`))
  return script.startsWith('d=') && isRead
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
  const word = /^exec (?:sh|bash --norc \+o posix) -c ('.*')$/s.exec(text)?.[1]
  return word === undefined ? text : unquoted(word)
}

function unquoted(word: string): string {
  return word.slice(1, -1).replaceAll(`'\\''`, "'")
}
