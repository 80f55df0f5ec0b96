import type { Bypass } from '@coordlog/coordination/state'
import { writeHooksLog } from '@coordlog/runtime/hooksLog'
import type { Answer, HookEvent } from './contract.js'
import { afterEdit, beforeEdit, unmade } from './editing.js'
import { type Scene, untoldBypasses } from './enrolment.js'
import { end, endCalls, endTurn, move, startSession, startSubagent, startTurn, stillHere } from './presence.js'
import { afterShell } from './shell/after.js'
import { beforeShell } from './shell/before.js'
import { noticeChanges } from './watch.js'

export interface Handled {
  answer: Answer
  /** What others did to the sender's files, and it has not heard of. */
  untold: Bypass[]
}

/** One hook event of any agent program: what is recorded of it, and what it is answered with. */
export async function handle(scene: Scene<HookEvent>): Promise<Handled> {
  const { event, coordination } = scene
  if (event.event === 'after-edit' || event.event === 'after-shell') {
    // The sender's own writing is told of by these: what others saw of it is explained then.
    const answer = await handled(scene)
    return { answer, untold: untoldBypasses((await coordination.load()).state, event) }
  }
  const untold = untoldBypasses(await noticeChanges(scene), event)
  return { answer: await handled(scene), untold }
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
