import { basename } from 'node:path'
import type { Wire } from '@coordlog/resident/notify/post'
import type { Place } from '@coordlog/runtime/place'
import type { Context } from '../context.js'

/** What a message says of where it comes from: all worktrees of a repository are one. */
export function repositoryName({ mainCheckout, commonDir, worktree }: Place): string {
  return basename(mainCheckout ?? commonDir ?? worktree).replace(/\.git$/, '')
}

/** bin/coord takes NODE_EXTRA_CA_CERTS from the node that it starts; node has not read it. */
export function certificatesFile(env: Context['env']): string | undefined {
  return env['COORD_NODE_EXTRA_CA_CERTS'] || undefined
}

const timeoutMs = 10_000

export function wireOf({ env, signal }: Context): Wire {
  return { timeoutMs, certificatesFile: certificatesFile(env), signal }
}
