import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import type { ToolCall } from './scriptedModel.js'

/** A scratch repository for sessions of the real client, and what is looked up there with coord. */

export const coord = resolve(import.meta.dirname, '..', '..', '..', 'bin', 'coord')

export interface Checkout {
  root: string
  top: string
}

export interface Recorded {
  seq: number
  ts: string
  type: string
  by: string
  data: Record<string, unknown>
}

export function checkout(name: string, files: Record<string, string> = {}): Checkout {
  const root = realpathSync(mkdtempSync(join(tmpdir(), `coordlog-${name}-`)))
  const top = join(root, 'app')
  execFileSync('git', ['init', '-q', '-b', 'main', top], { stdio: 'pipe' })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(top, file), text)
  return { root, top }
}

/** The sessions' hooks brought up a resident, which still writes here until it has heard that it is to stop. */
export async function remove({ root, top }: Checkout): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    run(top, 'resident', 'stop')
    try {
      return rmSync(root, { recursive: true, force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY') || attempt === 50) throw error
      await new Promise((done) => setTimeout(done, 100))
    }
  }
}

export function run(cwd: string, ...args: string[]) {
  const { HOME = '', PATH = '' } = process.env
  return spawnSync(coord, args, { cwd, encoding: 'utf8', env: { PATH, HOME } })
}

export function succeed(cwd: string, ...args: string[]): string {
  const ended = run(cwd, ...args)
  assert.is(ended.status, 0, `${args.join(' ')}: ${ended.stderr}`)
  return ended.stdout
}

export function history(cwd: string): Recorded[] {
  const lines = succeed(cwd, 'log', '--json').split('\n')
  return lines.filter((line) => line !== '').map((line): Recorded => JSON.parse(line))
}

/** A promise that something else settles: how the sessions of a test wait for each other. */
export function gate(): { open: () => void; opened: Promise<void> } {
  let open = () => {}
  const opened = new Promise<void>((done) => {
    open = done
  })
  return { open, opened }
}

export const read = (path: string): ToolCall[] => [{ name: 'Read', input: { file_path: path } }]
export const write = (path: string, content: string): ToolCall[] => [
  { name: 'Write', input: { file_path: path, content } },
]
export const edit = (path: string, old: string, fresh: string): ToolCall[] => [
  { name: 'Edit', input: { file_path: path, old_string: old, new_string: fresh } },
]
