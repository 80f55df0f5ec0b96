import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for one test, with real git in it when asked for. */
export interface Scratch {
  root: string
  git(cwd: string, ...args: string[]): string
  /** A repository with one commit; returns its top folder. */
  repository(name: string): string
  remove(): void
}

export function scratch(): Scratch {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog runtime ')))
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  return {
    root,
    git,
    repository(name) {
      const top = join(root, name)
      git(root, 'init', '-q', '-b', 'main', top)
      git(top, 'commit', '-q', '--allow-empty', '-m', 'first')
      return top
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
