import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findPlace } from '@coordlog/runtime/place'
import type { AgentAdapter, Environment, HookEvent } from '../contract.js'
import { hooksFile, userHooksFile } from './hookFiles.js'
import { recognise } from './recognise.js'
import { render } from './render.js'

export const copilot: AgentAdapter = { recognise, render, hasOwnHooks }

/** The client runs the hooks of .claude/settings.json too, after those of its own files. */
function hasOwnHooks({ cwd }: HookEvent, env: Environment): boolean {
  const home = env['HOME']
  return (
    existsSync(join(findPlace({ cwd, env }).worktree, hooksFile)) ||
    (home !== undefined && existsSync(join(home, userHooksFile)))
  )
}
