import { execFileSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPlace, forgetRepositories } from '@coordlog/runtime/place'
import type { AgentInstaller } from '../src/install/agent.js'
import { chosenInstallers } from '../src/install/agents.js'
import { applyPlan } from '../src/install/apply.js'
import type { InstallPlan, InstallReport, InstallRequest } from '../src/install/plan.js'
import { planInstall } from '../src/install/planInstall.js'
import { planUninstall } from '../src/install/planUninstall.js'
import type { Scope } from '../src/install/scope.js'

/** This checkout of coordlog: compiled tests stand in packages/cli/dist/test. */
export const coordlogRoot = fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '')

/** A folder with a blank in its name, a home and a repository with one commit, all for one test. */
export interface Scratch {
  root: string
  home: string
  repository: string
  git(cwd: string, ...args: string[]): string
  write(path: string, text: string, mode?: number): string
  request(scope: Scope, at?: string, cwd?: string): InstallRequest
  plan(scope: Scope, at?: string, cwd?: string): InstallPlan
  install(scope?: Scope, at?: string, cwd?: string): InstallReport
  uninstall(scope?: Scope, cwd?: string): InstallReport
  uninstallOf(agents: readonly AgentInstaller[]): InstallReport
  remove(): void
}

export function scratch(agents: readonly AgentInstaller[] = chosenInstallers([])): Scratch {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog install ')))
  const home = join(root, 'home')
  const repository = join(root, 'my app')
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  mkdirSync(home)
  git(root, 'init', '-q', '--template=', '-b', 'main', repository)
  git(repository, 'commit', '-q', '--allow-empty', '-m', 'first')
  const request = (scope: Scope, at = '2026-01-08T12:45:32.123Z', cwd = repository): InstallRequest => {
    forgetRepositories()
    return { target: findPlace({ cwd, env: {} }), scope, agents, home, coordlogRoot, at }
  }
  const plan = (scope: Scope, at?: string, cwd?: string) => planInstall(request(scope, at, cwd))
  return {
    root,
    home,
    repository,
    git,
    write(path, text, mode = 0o644) {
      const file = join(repository, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text, { mode })
      return file
    },
    request,
    plan,
    install: (scope = 'project', at, cwd) => applyPlan(plan(scope, at, cwd)),
    uninstall(scope, cwd) {
      const { target } = request('project', undefined, cwd)
      return applyPlan(planUninstall({ target, agents, home, coordlogRoot, ...(scope !== undefined && { scope }) }))
    },
    uninstallOf(going) {
      const { target } = request('project')
      return applyPlan(planUninstall({ target, agents: going, home, coordlogRoot }))
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** Every file, link and folder below, with mode and content; of git only what is not its own business. */
export function tree(top: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(top, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/(^|\/)\.git\/(objects|logs|refs|index|worktrees)(\/|$)/.test(name)) continue
    const path = join(top, name)
    const status = lstatSync(path)
    const mode = (status.mode & 0o7777).toString(8)
    if (status.isSymbolicLink()) found[name] = `-> ${readlinkSync(path)}`
    else found[name] = status.isDirectory() ? 'folder' : `${mode} ${JSON.stringify(readFileSync(path, 'latin1'))}`
  }
  return found
}
