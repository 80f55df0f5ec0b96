import { homedir } from 'node:os'
import { chooseHookPort } from '@coordlog/resident/chooseHookPort'
import { type HookPort, readHookPort } from '@coordlog/resident/hookPort'
import type { Place } from '@coordlog/runtime/place'
import { string } from '@oclif/core/args'
import { option } from '@oclif/core/flags'
import { defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { usage } from '../exit/failure.js'
import { toggle } from '../flags/kinds.js'
import { installerNames, installersFor } from '../install/agents.js'
import { applyPlan } from '../install/apply.js'
import { refuseUnshared } from '../install/mcpFile.js'
import { planInstall } from '../install/planInstall.js'
import { unwiredLines } from '../install/present.js'
import { type Scope, scopes, type Transport, transports } from '../install/scope.js'
import { withCoordination } from '../opened.js'
import { answer, note } from '../output/answer.js'
import { placeOf } from '../settings.js'
import { planDocument } from '../views/plan.js'

export const init = defineCommand({
  summary: 'install the hooks into a repository',
  description:
    'Adds its own entries to the settings of an agent and keeps what else stands there; the file as it was is kept beside it. ' +
    'Safe to run again: what is there already stays. Scopes: project (for everybody who clones), local (only here; Claude Code ' +
    'alone has it), user (all repositories of this user). Which files each agent reads, and what it can give: docs/agents.md.',
  args: { dir: string({ ignoreStdin: true, description: 'a folder of the repository; default: this one' }) },
  flags: {
    scope: option({ options: scopes })({ summary: 'whose settings; default project' }),
    agent: option({ options: [...installerNames, 'all'], multiple: true, multipleNonGreedy: true })({
      summary: 'which agent, may be given more than once; default claude-code',
    }),
    transport: option({ options: transports })({
      summary:
        'how hooks reach coordlog: a process each (default), or posted to the resident; http needs --scope local',
    }),
    mcp: toggle('also the MCP server, in .mcp.json; needs --scope project'),
    'dry-run': toggle('only say what would be done'),
  },
  examples: [
    { does: 'see what it would do', line: 'coord init --dry-run' },
    { does: 'for everybody who clones this repository', line: 'coord init' },
    { does: 'with the MCP server too', line: 'coord init --mcp' },
    { does: 'only for yourself, here', line: 'coord init --scope local' },
    { does: 'for two agents that work here', line: 'coord init --agent claude-code --agent codex' },
    {
      does: 'the same as --scope local, with hooks that start no process',
      line: 'coord init --scope local --transport http',
    },
  ],
  run: async (call) => {
    const { args, flags, context } = call
    if (flags.mcp) refuseUnshared(flags.scope, context.coordlogRoot)
    const there = { ...call, flags: { ...flags, repo: args.dir ?? flags.repo } }
    const target = placeOf(there)
    const scope = flags.scope ?? 'project'
    const agents = installersFor(flags.agent ?? [], scope)
    const hookPort = await portFor(target, scope, flags.transport)
    const home = context.env['HOME'] || homedir()
    const plan = planInstall({
      target,
      scope,
      ...(hookPort !== undefined && { hookPort }),
      agents,
      mcp: flags.mcp,
      home,
      coordlogRoot: context.coordlogRoot,
      at: context.clock.now(),
    })
    const isDry = flags['dry-run']
    if (!isDry) applyPlan(plan)
    plan.lines.push(...unwiredLines(target, home, context.env, agents))
    await answer(call, planDocument(plan, isDry), () => plan.lines)
    const isChanged = plan.changes.some(({ kind }) => kind !== 'keep')
    if (isDry) await note(context, 'Nothing was changed: --dry-run.')
    else
      await note(context, isChanged ? 'Done. Check it with: coord doctor' : 'Nothing to do: it is all there already.')
    // Opening and closing writes the compatibility files, and says what stood in their place.
    if (!isDry) return withCoordination(there, async () => exitCodes.done)
    return exitCodes.done
  },
})

/** Once chosen, http stays until the other is asked for. */
async function portFor(target: Place, scope: Scope, transport: Transport | undefined): Promise<HookPort | undefined> {
  if (transport === 'http' && scope !== 'local') {
    throw usage(
      '--transport http needs --scope local: its token is for you alone, and has no place in shared settings.',
    )
  }
  const isHttp =
    transport === 'http' || (transport === undefined && scope === 'local' && readHookPort(target.directory))
  return isHttp ? chooseHookPort(target.directory) : undefined
}
