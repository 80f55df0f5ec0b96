import { existsSync } from 'node:fs'
import { systemClock } from '@coordlog/runtime/clock'
import { openCoordination } from '@coordlog/runtime/coordination'
import { adapterFor } from './adapters.js'
import { agentNames } from './agentNames.js'
import { tellClaims } from './claims.js'
import type { AgentAdapter, Answer, HookEvent } from './contract.js'
import type { Scene } from './enrolment.js'
import { failOpen, NotCoordinated, noteToLog } from './fault.js'
import { type Handled, handle } from './handle.js'
import { homeOf } from './home.js'
import type { HookIo, Progress } from './hookIo.js'
import { bypassNews } from './messages.js'
import { readPayload } from './payload.js'
import { isOfInterest } from './shell/before.js'
import { named } from './wording.js'

/** The client waits for a hook. So long for its payload, and so long from then to the answer. */
const deadlineMs = 3_000
const lockDeadlineMs = 1_000

/**
 * Handles one hook event. The exit code is 0 whatever happens: an edit that must not happen is refused in the answer, and what goes
 * wrong with us (no payload, no log, no time) lets it through, with one line on stderr and one in the hook log.
 */
export async function runHook(agentName: string, io: HookIo): Promise<number> {
  const progress: Progress = { agentName, io, clock: io.clock ?? systemClock, afterwards: [] }
  try {
    say(progress, await answerTo(progress))
  } catch (error) {
    if (!io.signal?.aborted) say(progress, failOpen(progress, error))
  }
  for (const work of progress.afterwards) (io.afterAnswer ?? atOnce)(work)
  try {
    await bringUpResident(progress)
    await progress.coordination?.tidyUp()
  } catch (error) {
    // The answer is out and the event recorded: somebody should know, nothing else.
    noteToLog(progress, `tidying up failed: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    progress.coordination?.close()
  }
  return 0
}

/**
 * A session that starts will have many hooks: from the next one on they are answered without a process for each. One that was there
 * and is gone comes back with the next prompt.
 */
async function bringUpResident({ io, event, coordination }: Progress): Promise<void> {
  if (coordination?.config.resident.start !== 'auto') return
  const wish = io.env['COORD_RESIDENT']
  const isDue = event?.event === 'session-start' ? wish !== 'off' : event?.event === 'prompt' && wish === 'gone'
  if (isDue) await io.startResident?.(coordination.place)
}

function atOnce(work: () => void): void {
  work()
}

function say({ io, adapter, event }: Progress, answer: Answer): void {
  const text = adapter === undefined || event === undefined ? '' : adapter.render(event, answer)
  if (text !== '') io.stdout.write(text)
}

async function answerTo(progress: Progress): Promise<Answer> {
  let missing = 'payload'
  return inTime(
    async (deadline) => {
      const event = await recognised(progress)
      if (event === undefined) return { kind: 'silent' }
      missing = 'answer'
      deadline.refresh()
      progress.event = event
      return handled(progress, event)
    },
    () => new NotCoordinated('late', `no ${missing} within ${deadlineMs} ms`),
  )
}

async function handled(progress: Progress, event: HookEvent): Promise<Answer> {
  const { io, clock } = progress
  if (isIdle(event)) return { kind: 'silent' }
  const cwd = homeOf(event, io.env)
  const coordination = await (io.open ?? openCoordination)({ cwd, env: io.env, lockDeadlineMs, clock })
  progress.coordination = coordination
  if (!existsSync(event.cwd)) noteToLog(progress, `${event.name}: working folder ${named(event.cwd)} does not exist`)
  if (event.event === 'session-start' || event.event === 'prompt') {
    for (const problem of coordination.configProblems) noteToLog(progress, problem)
  }
  const afterwards = (work: () => void) => void progress.afterwards.push(work)
  const scene = { coordination, event, env: io.env, callerPid: io.callerPid, afterwards }
  const answer = await withNews(progress, scene, await handle(scene))
  return progress.adapter === undefined ? answer : tellClaims(scene, progress.adapter, answer)
}

/** A command that writes nothing: most of them. Nothing is opened for it. */
function isIdle(event: HookEvent): boolean {
  if (event.event === 'after-shell' && event.changed !== undefined) return false
  return (event.event === 'before-shell' || event.event === 'after-shell') && !isOfInterest(event)
}

/** What others did to the sender's files is said in the first answer that the agent's model reads. */
async function withNews({ adapter }: Progress, scene: Scene, { answer, untold }: Handled): Promise<Answer> {
  const { coordination, event } = scene
  const [first] = untold
  if (first === undefined) return answer
  const news = bypassNews(untold, coordination.clock.now())
  const told = together(answer, news)
  if (adapter?.render(event, told) === adapter?.render(event, answer)) return answer
  const paths = untold.map(({ path }) => path)
  await coordination.execute<'bypass.tell'>({ type: 'bypass.tell', by: first.holder, manual: false, paths })
  return told
}

function together(answer: Answer, news: string): Answer {
  if (answer.kind === 'deny') return { kind: 'deny', reason: `${answer.reason}\n${news}` }
  if (answer.kind === 'silent' || answer.agent === undefined) return { ...answer, kind: 'inform', agent: news }
  return { ...answer, agent: `${answer.agent}\n${news}` }
}

/** undefined: somebody else answers it. */
async function recognised(progress: Progress): Promise<HookEvent | undefined> {
  const { agentName, io } = progress
  const adapter = adapterFor(agentName)
  if (adapter === undefined) throw new NotCoordinated('input', `no such agent; there are: ${agentNames.join(', ')}`)
  progress.adapter = adapter
  const payload = await readPayload(io.stdin)
  if (payload.kind === 'unreadable') throw new NotCoordinated('input', payload.reason)
  if (payload.note !== undefined) noteToLog(progress, payload.note)
  return eventOf(progress, adapter, payload.value)
}

/** A payload of another program is that program's business, whoever's hooks it came by. */
function eventOf(progress: Progress, adapter: AgentAdapter, payload: unknown): HookEvent | undefined {
  const { agentName, io } = progress
  const found = adapter.recognise(payload, io.env)
  if (found.kind === 'event') return found.event
  if (found.kind === 'unrecognised') throw new NotCoordinated('input', found.reason)
  const sender = found.host === agentName ? undefined : adapterFor(found.host)
  const its = sender?.recognise(payload, io.env)
  if (sender === undefined || its === undefined || its.kind === 'foreign') {
    throw new NotCoordinated('input', `this is a payload of ${found.host}, not of ${agentName}`)
  }
  if (its.kind === 'unrecognised') throw new NotCoordinated('input', its.reason)
  progress.adapter = sender
  return sender.hasOwnHooks?.(its.event, io.env) ? undefined : its.event
}

/** `work` may put its deadline off. */
function inTime<T>(work: (deadline: NodeJS.Timeout) => Promise<T>, fault: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(fault()), deadlineMs)
    work(deadline)
      .then(resolve, reject)
      .finally(() => clearTimeout(deadline))
  })
}
