import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { eventually } from './stage.js'

/** From this worktree one sees these instances, each with an entry, a heartbeat and its worktree, a lock, and one decision. */
export async function assertSeenFrom(
  worktree: string,
  expected: [instance: string, worktree: string][],
): Promise<void> {
  const folder = join(worktree, '.claude/coordination')
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
  const { instances } = await eventually(() => {
    const found = read('work-registry.json')
    const isLocked = (each: { files_locked: string[] }) => each.files_locked.includes('frontend/page.tsx')
    return found.instances.some(isLocked) ? found : undefined
  }, `the registry in ${worktree}`)
  assert.equal(
    instances.map((each: { instance_id: string; worktree_path: string }) => [each.instance_id, each.worktree_path]),
    expected,
  )
  const hasHeartbeats = () => expected.every(([id]) => existsSync(join(folder, 'heartbeats', `${id}.json`)))
  await eventually(() => (hasHeartbeats() ? true : undefined), 'a heartbeat of each')
  assert.is(read('decision-log.json').decisions.length, 1)
}
