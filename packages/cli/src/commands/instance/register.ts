import { shown } from '@coordlog/coordination/shownText'
import { limits, type ProcessIdentity } from '@coordlog/coordination/vocabulary'
import type { Coordination } from '@coordlog/runtime/coordination'
import { randomId } from '@coordlog/runtime/identity'
import { processIdentity } from '@coordlog/runtime/liveness'
import { string } from '@oclif/core/flags'
import { actingFlags, namedInstance, namedSession, registration } from '../../acting/instance.js'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { refused, usage } from '../../exit/failure.js'
import { text, whole } from '../../flags/kinds.js'
import { withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'
import { compatFlag } from '../../output/compat.js'

export const instanceRegister = defineCommand({
  summary: 'register an instance by hand and print its id',
  description:
    'Each call makes another instance; with --instance the one of that id goes on, with this task and role. Hooks register ' +
    'agents by themselves. Without --pid nobody can tell when it has died, and it counts as stale after instance.stale.',
  args: {},
  flags: {
    task: text('task', limits.task)({ summary: `what it works on (at most ${limits.task} characters)` }),
    role: text('role', limits.role)({ summary: `what it is; default manual (at most ${limits.role} characters)` }),
    pid: whole('pid', 1, 4_194_304)({ summary: 'the process whose end is its end, such as $$ of a script' }),
    parent: string({ helpValue: 'ID', summary: 'the instance that it works for' }),
    instance: actingFlags.instance,
    ...compatFlag,
  },
  examples: [
    {
      does: 'a script says what it does',
      line: 'coord instance register --task "database migration" --role db-admin --pid $$',
    },
    {
      does: 'and acts as that from then on',
      line: 'export COORD_INSTANCE_ID=$(coord instance register --task "release")',
    },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { flags, context } = call
      const named = flags.instance === undefined ? undefined : namedInstance(context, flags.instance)
      if (flags.parent !== undefined) await checkParent(coordination, flags.parent)
      const { reply, sequence, recorded } = await coordination.execute<'instance.register'>(
        registration(coordination, context, {
          ...(named === undefined ? newSession(context.requestId, flags.compat) : namedSession(named)),
          role: flags.role ?? 'manual',
          task: flags.task ?? '',
          ...(flags.parent !== undefined && { parent: flags.parent }),
          ...(flags.pid !== undefined && { process: existing(flags.pid) }),
        }),
      )
      const { instance, resumed } = reply
      const last = recorded ? sequence : await update(coordination, instance, flags)
      await answer(call, { ok: true, sequence: last, id: instance, instance, resumed }, () => [shown(instance)])
      return exitCodes.done
    }),
})

/** Scripts of the predecessor know instances by ids that begin with "claude". */
function newSession(requestId: string | undefined, isCompat: boolean): { session: string; idPrefix: string } {
  return { session: `script:${requestId ?? randomId()}`, idPrefix: isCompat ? 'claude' : 'manual' }
}

function existing(pid: number): ProcessIdentity {
  const found = processIdentity(pid)
  if (found !== undefined) return found
  throw usage(`--pid ${pid}: there is no such process.`, { value: pid })
}

/** One that is there already goes on under its new task and role. */
async function update(
  coordination: Coordination,
  by: string,
  { task, role }: { task: string | undefined; role: string | undefined },
): Promise<number> {
  const { sequence } = await coordination.execute<'instance.update'>({
    type: 'instance.update',
    by,
    manual: true,
    ...(task !== undefined && { task }),
    ...(role !== undefined && { role }),
  })
  return sequence
}

async function checkParent(coordination: Coordination, parent: string): Promise<void> {
  const { state } = await coordination.load()
  if (state.instances[parent] !== undefined) return
  throw refused('unknown-instance', `--parent ${shown(parent)}: no such instance. Run: coord instance list`, {
    instance: parent,
  })
}
