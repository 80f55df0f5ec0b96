import { requestOf } from '../dispatch.js'
import { Failure } from '../exit/failure.js'

/**
 * Commands that a resident answers: short ones that need no terminal of their own. bin/coord has the same list by first words; what it
 * sends by mistake is sent back.
 */
const fit = new Set([
  'hook',
  'status',
  'instance register',
  'instance heartbeat',
  'instance end',
  'instance list',
  'instance show',
  'lock acquire',
  'lock release',
  'lock check',
  'lock list',
  'lock cleanup',
  'decisions add',
  'decisions list',
  'decisions show',
  'decisions supersede',
  'decisions status',
])

/** They wait or follow, or need the installation around them. */
const long = ['--wait', '--watch', '--follow']

export function isFit(argv: readonly string[]): boolean {
  if (argv.some((word) => long.some((flag) => word === flag || word.startsWith(`${flag}=`)))) return false
  try {
    const request = requestOf(argv)
    return request.kind === 'command' && fit.has(request.id)
  } catch (error) {
    // No command at all: a process of its own says so.
    if (error instanceof Failure) return false
    throw error
  }
}
