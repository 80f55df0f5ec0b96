import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Scratch, scratch } from './scratchInstall.js'

/** An installed repository whose shims find a stand-in for coordlog. */
export interface Stage extends Scratch {
  shim: string
  /** A stand-in for an installation of coordlog. */
  program: string
}

export function stage(): Stage {
  const made = scratch()
  made.install()
  const shim = join(made.repository, '.claude/coordination/bin/coord')
  const program = standIn(join(made.root, 'coordlog here'), 'noted')
  noteHome(join(made.repository, '.git/coordlog/home'), program)
  return { ...made, shim, program }
}

/** Says who it is, how it was called and what it read; ends with the code in EXIT. It is built, as by the set-up. */
export function standIn(folder: string, name: string): string {
  const file = join(folder, 'bin/coord')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(
    file,
    `#!/usr/bin/env bash\n# coordlog\necho "${name}" >&2\nprintf '<%s>' "$@"\nIFS= read -r -d '' input\nprintf '|%s|%s' "$input" "\${SEEN-}"\nexit "\${EXIT-0}"\n`,
  )
  chmodSync(file, 0o755)
  const client = join(folder, 'hooks/dist/client.sh')
  mkdirSync(dirname(client), { recursive: true })
  writeFileSync(client, '')
  return folder
}

export function noteHome(file: string, program: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${program}\n`)
}

interface Options {
  cwd?: string
  input?: string
  env?: Record<string, string>
}

/** With an environment of its own: the machine may have a coordlog. */
export function run(
  file: string,
  args: string[],
  { cwd = '/', input = '', env = {} }: Options = {},
): SpawnSyncReturns<string> {
  return spawnSync(file, args, {
    cwd,
    input,
    encoding: 'utf8',
    timeout: 20_000,
    env: { PATH: '/usr/bin:/bin', ...env },
  })
}
