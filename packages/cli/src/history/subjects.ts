import type { LogRecord } from '@coordlog/log/contract'

/** Whom and which files an event is about, whatever its type: read from the fields that events have in common. */

const pathLists = ['paths', 'renewed', 'unleased', 'files'] as const
const leaseLists = ['released', 'expired', 'takenFrom', 'heldBy', 'changes'] as const

export function pathsOf({ data }: LogRecord): string[] {
  const listed = pathLists.flatMap((key) => texts(data[key]))
  return [...new Set([...listed, ...leaseRefs(data).flatMap(({ path }) => texts([path]))])]
}

export function instancesOf({ by, data }: LogRecord): string[] {
  const ended = list(data['ended']).flatMap((each) => (isObject(each) ? texts([each['instance']]) : texts([each])))
  const named = texts([data['instance'], data['parent'], data['suspect']])
  return [...new Set([by, ...named, ...ended, ...leaseRefs(data).flatMap(({ holder }) => texts([holder]))])]
}

/** Leases named by an event, whatever its type; unchecked. */
export function leaseRefsOf({ data }: LogRecord): { path: unknown; holder: unknown; token: unknown }[] {
  return leaseRefs(data)
}

function leaseRefs(data: LogRecord['data']): { path: unknown; holder: unknown; token: unknown }[] {
  return leaseLists.flatMap((key) =>
    list(data[key]).flatMap((each) =>
      isObject(each) ? [{ path: each['path'], holder: each['holder'], token: each['token'] }] : [],
    ),
  )
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function texts(value: unknown): string[] {
  return list(value).filter((each) => typeof each === 'string')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
