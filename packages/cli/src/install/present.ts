import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { isCode } from '@coordlog/log/errors'
import type { Place } from '@coordlog/runtime/place'
import type { AgentInstaller } from './agent.js'
import { installers } from './agents.js'

/** Which agent programs are on this machine. */
export interface Presence {
  /** The first program of that name on PATH. */
  program?: string
  /** Its folder in the person's home, if it is there: it has been used. */
  folder?: string
}

type Environment = Readonly<Record<string, string | undefined>>

export function presenceOf(
  { programs, homeFolder }: Pick<AgentInstaller, 'programs' | 'homeFolder'>,
  home: string,
  env: Environment,
): Presence {
  const program = (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .flatMap((folder) => programs.map((name) => join(folder, name)))
    .find(isExecutable)
  const folder = join(home, homeFolder)
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false
  return { ...(program !== undefined && { program }), ...(isFolder && { folder }) }
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false
    throw error
  }
}

/** Programs that are here and whose sessions nobody coordinates yet. */
export function unwiredLines(
  target: Place,
  home: string,
  env: Environment,
  chosen: readonly AgentInstaller[],
): string[] {
  return installers
    .filter(({ name }) => !chosen.some((agent) => agent.name === name))
    .filter((agent) => presenceOf(agent, home, env).program !== undefined && agent.wirings(target, home).length === 0)
    .map(({ name, title }) => `note    ${title} is on this machine too; to coordinate it: coord init --agent ${name}`)
}
