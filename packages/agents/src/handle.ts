import { writeHooksLog } from '@coordlog/runtime/hooksLog'
import type { Answer, HookEvent } from './contract.js'
import { afterEdit, beforeEdit, unmade } from './editing.js'
import type { Scene } from './enrolment.js'
import { end, endCalls, endTurn, move, startSession, startSubagent, startTurn, stillHere } from './presence.js'
import { afterShell } from './shell/after.js'
import { beforeShell } from './shell/before.js'
import { noticeChanges } from './watch.js'

/** One hook event of any agent program: what is recorded of it, and what it is answered with. */
export async function handle(scene: Scene<HookEvent>): Promise<Answer> {
  // Their own writing is told of by these.
  if (scene.event.event !== 'after-edit' && scene.event.event !== 'after-shell') await noticeChanges(scene)
  return handled(scene)
}

function handled({ event, ...rest }: Scene<HookEvent>): Promise<Answer> {
  switch (event.event) {
    case 'session-start':
      return startSession({ event, ...rest })
    case 'prompt':
      return startTurn({ event, ...rest })
    case 'before-edit':
      return beforeEdit({ event, ...rest })
    case 'after-edit':
      return afterEdit({ event, ...rest })
    case 'before-shell':
      return beforeShell({ event, ...rest })
    case 'after-shell':
      return afterShell({ event, ...rest })
    case 'call-failed':
    case 'call-denied':
      return unmade({ event, ...rest })
    case 'calls-over':
      return endCalls({ event, ...rest })
    case 'subagent-start':
      return startSubagent({ event, ...rest })
    case 'subagent-end':
    case 'session-end':
      return end({ event, ...rest })
    case 'turn-end':
    case 'turn-failed':
      return endTurn({ event, ...rest })
    case 'moved':
      return move({ event, ...rest })
    case 'other': {
      const { coordination } = rest
      if (event.note !== undefined)
        writeHooksLog(coordination.place, coordination.clock.now(), `${event.name}: ${event.note}`)
      return stillHere({ event, ...rest })
    }
  }
}
