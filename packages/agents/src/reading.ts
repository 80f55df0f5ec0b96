import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { OthersEdit } from '@coordlog/coordination/events'
import { unseenEdits } from '@coordlog/coordination/lookup'
import { leaseKey } from '@coordlog/runtime/leasePath'
import { errorCode } from '@coordlog/runtime/problems'
import type { FileRead, HookEvent } from './contract.js'
import { act, instanceOf, type Scene, wholeState } from './enrolment.js'

/** Beyond, it is not compared: the next edit of the file is refused once, and that is all. */
const comparedBytesMax = 4 * 1024 * 1024

/**
 * Records of what was read only that which the reader did not know: the edits of others. Most reading shows none, and then
 * nothing is recorded and no file is opened. Whether anything was.
 */
export async function noteReads(scene: Scene<Extract<HookEvent, { event: 'calls-over' }>>): Promise<boolean> {
  const { coordination, event } = scene
  if (event.reads === undefined || coordination.policy.reads === 'off') return false
  const state = await wholeState(coordination)
  const instance = instanceOf(state, event)
  if (instance === undefined) return false
  const seen = new Map<string, OthersEdit[]>()
  for (const read of event.reads) {
    const key = leaseKey(coordination.place, event.cwd, read.path)
    if (key.kind !== 'key') continue
    const edits = unseenEdits(state, instance, { paths: [key.path], worktree: key.worktree })
    if (edits.length === 0 || !isUpToDate(read, resolve(event.cwd, read.path))) continue
    seen.set(key.worktree, [...(seen.get(key.worktree) ?? []), ...edits])
  }
  for (const [worktree, edits] of seen) {
    await act<'file.read'>(scene, ({ id }) => ({ type: 'file.read', by: id, manual: false, worktree, seen: edits }))
  }
  return seen.size > 0
}

/** A step of the model may take long: what it read at the beginning of it can be changed before its end. */
function isUpToDate({ shows }: FileRead, file: string): boolean {
  if (shows === undefined) return true
  try {
    return statSync(file).size <= comparedBytesMax && shows(readFileSync(file, 'utf8'))
  } catch (error) {
    // Gone, or not ours to read: then it does not hold what was shown.
    if (errorCode(error) === undefined) throw error
    return false
  }
}
