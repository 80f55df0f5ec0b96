import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export type Installed = { client: string } | { missing: string }

export interface Package {
  /** On npm. */
  name: string
  version: string
  /** Of its program. */
  program: string
  /** The variable that may name another one. */
  variable: string
  /** Its install scripts compile what these tests do not need. */
  isWithoutScripts?: boolean
}

/**
 * A real client: the one that the variable names, else installed once from npm into the user's cache. None is a dependency of the
 * project: they are large, and nothing but these tests runs them.
 */
export function installOnce({ name, version, program, variable, isWithoutScripts = false }: Package): Installed {
  const given = process.env[variable]
  if (given !== undefined) return existsSync(given) ? { client: given } : { missing: `${given} is not there` }
  const folder = `${name.slice(name.lastIndexOf('/') + 1)}-${version}`
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'coordlog', folder)
  const client = join(cache, 'node_modules', '.bin', program)
  if (existsSync(client)) return { client }
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, 'package.json'), '{"private":true}\n')
  const scripts = isWithoutScripts ? ['--ignore-scripts'] : []
  const words = ['install', '--no-audit', '--no-fund', '--silent', ...scripts, `${name}@${version}`]
  const ended = spawnSync('npm', words, {
    cwd: cache,
    encoding: 'utf8',
    timeout: 150_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (ended.status === 0 && existsSync(client)) return { client }
  rmSync(cache, { recursive: true, force: true })
  const why = ended.error?.message ?? ended.stderr.trim().split('\n').at(-1) ?? ''
  return { missing: `npm could not install ${name}@${version} (${why}); ${variable} may name one` }
}
