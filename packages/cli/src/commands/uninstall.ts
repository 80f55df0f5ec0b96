import { homedir } from 'node:os'
import { string } from '@oclif/core/args'
import { option } from '@oclif/core/flags'
import { defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { toggle } from '../flags/kinds.js'
import { chosenInstallers, installerNames } from '../install/agents.js'
import { applyPlan } from '../install/apply.js'
import { planUninstall } from '../install/planUninstall.js'
import { scopes } from '../install/scope.js'
import { answer, note } from '../output/answer.js'
import { placeOf } from '../settings.js'
import { planDocument } from '../views/plan.js'

export const uninstall = defineCommand({
  summary: 'take out what init put in, and nothing else',
  description: 'What you changed stays, and is named. The history stays too; the last line says how to remove it.',
  args: { dir: string({ ignoreStdin: true, description: 'a folder of the repository; default: this one' }) },
  flags: {
    scope: option({ options: scopes })({ summary: 'only from these settings; default: wherever init put something' }),
    agent: option({ options: [...installerNames, 'all'], multiple: true, multipleNonGreedy: true })({
      summary: 'only from this agent; default: from all',
    }),
    'dry-run': toggle('only say what would be done'),
  },
  examples: [
    { does: 'see what it would do', line: 'coord uninstall --dry-run' },
    { does: 'take it out', line: 'coord uninstall' },
    { does: 'take it out of one agent', line: 'coord uninstall --agent codex' },
  ],
  run: async (call) => {
    const { args, flags, context } = call
    const target = placeOf({ ...call, flags: { ...flags, repo: args.dir ?? flags.repo } })
    const plan = planUninstall({
      target,
      ...(flags.scope !== undefined && { scope: flags.scope }),
      agents: chosenInstallers(flags.agent ?? ['all']),
      home: context.env['HOME'] || homedir(),
      coordlogRoot: context.coordlogRoot,
    })
    const isDry = flags['dry-run']
    if (!isDry) applyPlan(plan)
    await answer(call, planDocument(plan, isDry), () => plan.lines)
    if (isDry) await note(context, 'Nothing was changed: --dry-run.')
    else if (plan.changes.every(({ kind }) => kind === 'keep'))
      await note(context, 'Nothing to do: it is not installed here.')
    return exitCodes.done
  },
})
