import { isDeepStrictEqual } from 'node:util'
import { appendItem, appendMember, removeChild, replaceNode, type Splice, spliced } from './jsonEdit.js'
import {
  type ArrayNode,
  type JsonNode,
  JsonProblem,
  memberOf,
  type ObjectNode,
  parseJson,
  plainValue,
} from './jsonTree.js'

/**
 * Our hook entries in the text of a client's settings file: pure, from text to text. Several clients have the same form: events, under
 * each a list of matcher groups, in each a list of handlers.
 */
export interface HookEntry {
  event: string
  group: { matcher?: string; hooks: object[] }
}

/** How handlers of ours are told from everybody else's. */
export interface HookForm {
  /** Written by coordlog, this version or an earlier one. */
  isOurs(handler: unknown): boolean
  /** Somebody else's that an install puts ours in the place of. */
  isReplaced?(handler: unknown): boolean
}

/**
 * The text with exactly `wanted` as our entries: those that stand there stay, those that differ are replaced where they stand,
 * repeated and outdated ones go, missing ones are appended. Nobody else's bytes change. Throws JsonProblem.
 */
export function withHooks(text: string, wanted: readonly HookEntry[], form: HookForm): string {
  let current = text.trim() === '' ? '{}\n' : text
  for (;;) {
    const edit = nextEdit(current, wanted, form)
    if (edit === undefined) return current
    current = spliced(current, edit)
  }
}

/** The text without entries of ours, and without the groups and objects that are empty for want of them. Throws JsonProblem. */
export function withoutHooks(text: string, form: HookForm): string {
  return text.trim() === '' ? text : withHooks(text, [], form)
}

/** Our handlers, each with its event. Throws JsonProblem. */
export function oursIn(text: string, { isOurs }: HookForm): { event: string; handler: object }[] {
  if (text.trim() === '') return []
  return ourGroups(parseJson(text), isOurs).flatMap(({ event, handlers, ours }) =>
    ours.flatMap((at) => {
      const handler = handlers.items[at]
      const value = handler && plainValue(handler)
      return typeof value === 'object' && value !== null ? [{ event, handler: value }] : []
    }),
  )
}

/** What else stands in the file that decides whether hooks run. */
export function areHooksDisabled(text: string): boolean {
  if (text.trim() === '') return false
  const flag = memberOf(parseJson(text), 'disableAllHooks')
  return flag !== undefined && plainValue(flag.value) === true
}

/** A matcher group in which at least one handler is ours. */
interface OurGroup {
  event: string
  hooks: ObjectNode
  groups: ArrayNode
  index: number
  node: JsonNode
  handlers: ArrayNode
  /** Positions among the handlers. */
  ours: number[]
}

function ourGroups(root: JsonNode, isOne: (handler: unknown) => boolean): OurGroup[] {
  const hooks = memberOf(root, 'hooks')?.value
  if (hooks?.kind !== 'object') return []
  return hooks.members.flatMap(({ key: event, value: groups }) => {
    if (groups.kind !== 'array') return []
    return groups.items.flatMap((node, index) => {
      const handlers = memberOf(node, 'hooks')?.value
      if (handlers?.kind !== 'array') return []
      const ours = handlers.items.flatMap((handler, at) => (isOne(plainValue(handler)) ? [at] : []))
      return ours.length === 0 ? [] : [{ event, hooks, groups, index, node, handlers, ours }]
    })
  })
}

function nextEdit(text: string, wanted: readonly HookEntry[], form: HookForm): Splice | undefined {
  const root = parseJson(text)
  refuseRepeatedKeys(text, root, wanted)
  const seen = new Set<string>()
  const isGoing = (handler: unknown) =>
    form.isOurs(handler) || (wanted.length > 0 && (form.isReplaced?.(handler) ?? false))
  for (const group of ourGroups(root, isGoing)) {
    const entry = seen.has(group.event) ? undefined : wanted.find(({ event }) => event === group.event)
    const isOnlyOurs = group.ours.length === group.handlers.items.length
    if (entry === undefined || !isOnlyOurs) return removal(group, root, isOnlyOurs)
    if (!isDeepStrictEqual(plainValue(group.node), entry.group)) return replaceNode(text, group.node, entry.group)
    seen.add(group.event)
  }
  const missing = wanted.find(({ event }) => !seen.has(event))
  return missing && addition(text, root, missing)
}

/** A key that stands twice: readers take the last, so that what we say of the first would not be true. */
function refuseRepeatedKeys(text: string, root: JsonNode, wanted: readonly HookEntry[]): void {
  const hooks = memberOf(root, 'hooks')?.value
  for (const [object, keys] of [[root, ['hooks']] as const, [hooks, wanted.map(({ event }) => event)] as const]) {
    if (object?.kind !== 'object') continue
    for (const key of keys) {
      const [, second] = object.members.filter((member) => member.key === key)
      if (second !== undefined)
        throw new JsonProblem(text, second.start, `the key "${key}" stands here for the second time`)
    }
  }
}

/** The largest thing that holds nothing but ours. */
function removal(
  { hooks, groups, index, handlers, ours, event }: OurGroup,
  root: JsonNode,
  isOnlyOurs: boolean,
): Splice {
  const [handler = 0] = ours
  if (!isOnlyOurs) return removeChild(handlers, handler)
  if (groups.items.length > 1) return removeChild(groups, index)
  if (hooks.members.length > 1) {
    return removeChild(
      hooks,
      hooks.members.findIndex((member) => member.key === event && member.value === groups),
    )
  }
  if (root.kind !== 'object') throw new TypeError('hooks without an object around them')
  return removeChild(
    root,
    root.members.findIndex((member) => member.value === hooks),
  )
}

function addition(text: string, root: JsonNode, { event, group }: HookEntry): Splice {
  if (root.kind !== 'object')
    throw new JsonProblem(text, root.start, `${nameOf(root)} where the settings object should stand`)
  const hooks = memberOf(root, 'hooks')?.value
  if (hooks === undefined) return appendMember(text, root, root, 'hooks', { [event]: [group] })
  if (hooks.kind !== 'object') {
    throw new JsonProblem(text, hooks.start, `"hooks" is ${nameOf(hooks)}; it must be an object of event names`)
  }
  const groups = memberOf(hooks, event)?.value
  if (groups === undefined) return appendMember(text, root, hooks, event, [group])
  if (groups.kind !== 'array') {
    throw new JsonProblem(
      text,
      groups.start,
      `"hooks.${event}" is ${nameOf(groups)}; it must be a list of matcher groups`,
    )
  }
  return appendItem(text, root, groups, group)
}

function nameOf(node: JsonNode): string {
  if (node.kind !== 'scalar') return node.kind === 'array' ? 'a list' : 'an object'
  return node.value === null ? 'null' : `a ${typeof node.value}`
}
