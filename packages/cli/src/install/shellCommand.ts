import { join } from 'node:path'
import { shimPath } from './files.js'
import type { Scope } from './scope.js'
import { shellWord } from './shellWord.js'

/**
 * Our hook as one line for clients that hand it to a shell, whichever that is: `sh` does the work, so that it need not be one that
 * knows `[`. It ends with 0 whatever happens, also where coordlog is not installed: some clients take any other end for a refusal.
 * In project scope the text is the same in every clone and for every person; it looks for our files from the working folder up to the
 * top of the worktree: what lies above is somebody else's.
 * COORD_INPUT says that the client closes its end of the pipe when the payload is out: bin/client.sh reads that in a third of the time.
 */
export function shellCommand(agent: string, scope: Scope, coordlogRoot: string): string {
  const script =
    scope === 'user'
      ? `${inputEnds} ${shellWord(join(coordlogRoot, 'bin/coord'))} hook ${agent}; exit 0`
      : `d=$PWD; until [ -x "$d/${shimPath}" ] || [ -e "$d/.git" ] || [ -z "$d" ]; do d=\${d%/*}; done; ` +
        `[ ! -x "$d/${shimPath}" ] || ${inputEnds} "$d/${shimPath}" hook ${agent}; exit 0`
  return `exec sh -c ${shellWord(script)}`
}

const inputEnds = 'COORD_INPUT=ends'

/** Written by coordlog, this version or an earlier one. A later one adds its own forms and keeps these. */
export function isShellCommand(text: string, agent: string): boolean {
  return text.startsWith('exec sh -c ') && text.endsWith(` hook ${agent}; exit 0'`) && text.includes('/bin/coord')
}

/** The program that it names, if it names one. */
export function programIn(text: string): string | undefined {
  const script = /^exec sh -c '(.*)'$/.exec(text)?.[1]?.replaceAll(`'\\''`, "'")
  const word = /^COORD_INPUT=ends (.+) hook [\w-]+; exit 0$/.exec(script ?? '')?.[1]
  return word?.startsWith("'") ? word.slice(1, -1).replaceAll(`'\\''`, "'") : word
}
