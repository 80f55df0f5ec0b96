import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Coord, startSession } from './session.js'

/** How the story is told: `say` explains, `show` prints what a program or an agent really got to read. */
export interface Teller {
  chapter(title: string): Promise<void>
  say(text: string): Promise<void>
  show(text: string): Promise<void>
}

export interface Stage {
  /** Main checkout and linked worktree of the scratch repository. */
  top: string
  linked: string
}

/** A repository with one commit and a second worktree, and coordlog in it. */
export async function buildStage(folder: string, coord: Coord): Promise<Stage> {
  const top = join(folder, 'app')
  const linked = join(folder, 'app-frontend')
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Demo', '-c', 'user.email=demo@example.org', ...args], { cwd, stdio: 'pipe' })
  mkdirSync(join(top, 'src'), { recursive: true })
  git(top, 'init', '-q', '-b', 'main')
  writeFileSync(join(top, 'src', 'auth.ts'), 'export const expiryMinutes = 60\n')
  await coord(top, ['init'])
  git(top, 'add', '-A')
  git(top, 'commit', '-q', '-m', 'first')
  git(top, 'worktree', 'add', '-q', '-b', 'feature/frontend', linked)
  return { top, linked }
}

/** The main job from end to end; every hook is the real one, started as the client starts it. */
export async function tellStory({ top, linked }: Stage, coord: Coord, teller: Teller): Promise<void> {
  const { chapter, say, show } = teller

  await chapter('Two sessions start')
  const backend = await startSession(coord, 'demo-backend', top)
  await backend.hook('session-start')
  await backend.hook('prompt', { prompt: 'implement user authentication', turn: 'backend-1' })
  const frontend = await startSession(coord, 'demo-frontend', linked)
  const start = await frontend.hook('session-start')
  await frontend.hook('prompt', { prompt: 'build the login form', turn: 'frontend-1' })
  await say('One in the main checkout, one in a second worktree. What the second one was told at its start:')
  await show(start.context ?? '')

  await chapter('The first one edits src/auth.ts')
  await backend.edit('src/auth.ts', 'export const expiryMinutes = 15\n')
  await say('Allowed, without a word: nobody else held it. It stays leased until the turn ends.')

  await chapter('The second one wants the same file, in its own worktree')
  const refused = await frontend.edit('src/auth.ts', 'export const expiryMinutes = 90\n')
  await say('Refused before anything was written. What the agent reads:')
  await show(refused.refused ?? '')

  await chapter('A decision, made by one and read by the other')
  const decision = ['decisions', 'add', '--category=api-design', '--scope=service', '--title=Use JWT with 15min expiry']
  await backend.shell(...decision, '--description=Tokens expire after 15 minutes; refresh tokens live 7 days')
  await say('coord-decisions list, in the other worktree:')
  await show(await coord(linked, ['decisions', 'list']))

  await chapter('A subagent of the first one')
  const subagent = { id: 'a47644c3f2190b3b8', type: 'test-generator' }
  await backend.hook('subagent-start', { subagent })
  await backend.edit('src/auth.test.ts', 'test\n', subagent)
  await say('It is an instance of its own, and its leases end with it:')
  await show(await coord(top, ['lock', 'list']))
  await backend.hook('subagent-stop', { subagent })

  await chapter('The turn of the first one ends')
  await backend.hook('stop')
  const retried = await frontend.edit('src/auth.ts', 'export const expiryMinutes = 15 // shown in the form\n')
  await say('Its leases are gone, and the other one tries again. It is allowed, and told what it missed:')
  await show(retried.context ?? '')

  await chapter('A session crashes')
  const third = await startSession(coord, 'demo-third', top)
  await third.hook('session-start')
  await third.hook('prompt', { prompt: 'move the sessions table', turn: 'third-1' })
  await third.edit('src/db.ts', 'export {}\n')
  await third.kill()
  const takeover = await frontend.edit('src/db.ts', 'export const db = 1\n')
  await say('It held src/db.ts when it was killed (-9). Nobody has to wait for the five minutes:')
  await show(takeover.context ?? '')

  await chapter('What is there now')
  await show(await coord(top, ['status']))
  await say('And how it came to be (the last events of coord log):')
  await show(await coord(top, ['log', '--limit', '12']))
  await frontend.end()
  await backend.end()
}
