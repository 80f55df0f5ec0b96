import type * as z from 'zod/mini'
import type { Environment, Happening, Recognised, Sender, ShellCall } from '../contract.js'
import { checked, unrecognised } from '../fields.js'
import { patchedPaths, unreadablePatch } from '../patchCall.js'
import { shellCall } from '../shellCall.js'
import { continued, shellTool, writingTools } from './names.js'
import { After, Before, BusEvent, ChatMessage, Common, OfSession, SessionInfo, ToolPart } from './payload.js'

type Envelope = z.infer<ReturnType<typeof Common>>

/** What a hook or a bus event of opencode says, beside the folder. */
interface Told {
  name: string
  session: string
  parent?: string | undefined
  /** As opencode calls the kind of agent. */
  agentType?: string | undefined
  happening: Happening
}

/** What the plugin sends → what happened. Never throws: what cannot be read is said. */
export function recognise(payload: unknown, _env: Environment): Recognised {
  let name = 'payload'
  return checked(
    () => name,
    () => {
      const common = Common().parse(payload)
      name = common.hook
      const read = name === 'event' ? busEvent : hooks.get(name)
      const told = read?.(payload, common)
      if (told === undefined) return unrecognised(`unknown hook ${name}`)
      return { kind: 'event', event: { ...senderOf(common, told), ...told.happening } }
    },
  )
}

function senderOf({ directory, parentID }: Envelope, { name, session, parent, agentType }: Told): Sender {
  const parentSession = parent ?? parentID
  return {
    host: 'opencode',
    idPrefix: 'opencode',
    session: session.toWellFormed(),
    ...(parentSession && { parentSession: parentSession.toWellFormed() }),
    // Of a session of its own it says only how it answers: it may change with every prompt.
    ...(parentSession && agentType && { agentType: agentType.toWellFormed() }),
    cwd: directory.toWellFormed(),
    shellKnowsInstance: true,
    name,
  }
}

type Reader = (payload: unknown, common: Envelope) => Told | undefined

const hooks: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [continued, (payload, { hook, parentID }) => ({ ...ofSession(hook, payload), happening: begins(hook, parentID) })],
  ['chat.message', chatMessage],
  ['tool.execute.before', before],
  ['tool.execute.after', after],
  [
    'dispose',
    (payload, { hook }) => ({ ...ofSession(hook, payload), happening: { event: 'session-end', reason: hook } }),
  ],
])

function ofSession(name: string, payload: unknown): { name: string; session: string } {
  return { name, session: OfSession().parse(payload).input.sessionID }
}

function busEvent(payload: unknown, common: Envelope): Told | undefined {
  const { type, properties } = BusEvent().parse(payload).input.event
  const read = events.get(type)
  if (read === undefined) return undefined
  return { name: type, session: properties.sessionID, ...read(payload, common) }
}

type EventReader = (payload: unknown, common: Envelope) => Omit<Told, 'name' | 'session'>

const events: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['session.created', sessionCreated],
  // It has forgotten what it was told.
  ['session.compacted', (_payload, { parentID }) => ({ happening: begins('session.compacted', parentID) })],
  // The session of a subagent has this one turn; should it be called again, it begins again.
  ['session.idle', (_payload, { parentID }) => ({ happening: { event: parentID ? 'subagent-end' : 'turn-end' } })],
  ['session.error', () => ({ happening: { event: 'turn-failed' } })],
  ['session.deleted', () => ({ happening: { event: 'session-end', reason: 'deleted' } })],
  ['message.part.updated', toolPart],
])

function begins(source: string, parent: string | null | undefined): Happening {
  return parent ? { event: 'subagent-start' } : { event: 'session-start', source, replaces: false }
}

function sessionCreated(payload: unknown, { parentID }: Envelope): Omit<Told, 'name' | 'session'> {
  const { info } = SessionInfo().parse(payload).input.event.properties
  const parent = info?.parentID ?? parentID ?? undefined
  return { parent, agentType: info?.agent ?? undefined, happening: begins('session.created', parent) }
}

/** After a refusal, a mistake and a No of the person there is no other sign than this. */
function toolPart(payload: unknown): Omit<Told, 'name' | 'session'> {
  const { tool, callID, state } = ToolPart().parse(payload).input.event.properties.part
  const isUnmade = (writingTools.has(tool) || tool === shellTool) && state.status === 'error'
  return { happening: isUnmade ? { event: 'call-failed', call: callID.toWellFormed() } : { event: 'other' } }
}

function chatMessage(payload: unknown, { hook }: Envelope): Told {
  const { input, output } = ChatMessage().parse(payload)
  const turn = output.message?.id
  const prompt = output.parts.flatMap(({ type, text }) => (type === 'text' && text ? [text] : [])).join('\n')
  return {
    ...ofSession(hook, payload),
    agentType: input.agent ?? undefined,
    happening: { event: 'prompt', prompt, ...(turn && { turn: turn.toWellFormed() }) },
  }
}

function before(payload: unknown, { hook }: Envelope): Told {
  const { input, output } = Before().parse(payload)
  const shell = shellOf(input, output.args)
  const happening: Happening = shell ? { event: 'before-shell', ...shell } : edit('before-edit', input, output.args)
  return { ...ofSession(hook, payload), happening }
}

function after(payload: unknown, { hook }: Envelope): Told {
  const { input, output } = After().parse(payload)
  const shell = shellOf(input, input.args)
  const happening: Happening = shell
    ? { event: 'after-shell', ...shell, failed: output?.metadata?.exit !== 0 }
    : edit('after-edit', input, input.args)
  return { ...ofSession(hook, payload), happening }
}

type Call = z.infer<ReturnType<typeof Before>>['input']
type Args = z.infer<ReturnType<typeof Before>>['output']['args']

function shellOf({ tool, callID }: Call, args: Args): ShellCall | undefined {
  if (tool !== shellTool) return undefined
  return shellCall(tool, args, { dialect: 'posix', ...(callID && { call: callID.toWellFormed() }) })
}

/** It is told before the arguments are checked: a call without any of these will come to nothing. */
function edit(event: 'before-edit' | 'after-edit', { tool, callID }: Call, { filePath, patchText }: Args): Happening {
  if (!writingTools.has(tool)) return { event: 'other' }
  const call = callID ? { call: callID.toWellFormed() } : {}
  if (filePath) return { event, tool, paths: [filePath], ...call }
  if (!patchText) return { event: 'other' }
  const { paths, problem } = patchedPaths(patchText)
  return paths.length === 0 ? unreadablePatch(tool, problem) : { event, tool, paths, ...call }
}
