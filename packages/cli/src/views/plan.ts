import type { InstallPlan } from '../install/plan.js'

/** A plan without the bytes: what is done to which file. */
export function planDocument({ changes, lines }: InstallPlan, isDry: boolean): object {
  return {
    ok: true,
    dryRun: isDry,
    changes: changes.map(({ kind, path, backup }) => ({ kind, path, ...(backup !== undefined && { backup }) })),
    lines,
  }
}
