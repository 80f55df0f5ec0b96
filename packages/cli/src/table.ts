import { audit } from './commands/audit.js'
import { bundle } from './commands/bundle.js'
import { compact } from './commands/compact.js'
import { completionOf } from './commands/completion.js'
import { configGet } from './commands/config/get.js'
import { configList } from './commands/config/list.js'
import { configSet } from './commands/config/set.js'
import { decisionsAdd } from './commands/decisions/add.js'
import { decisionsExport } from './commands/decisions/export.js'
import { decisionsList } from './commands/decisions/list.js'
import { decisionsShow } from './commands/decisions/show.js'
import { decisionsStatus } from './commands/decisions/status.js'
import { decisionsSupersede } from './commands/decisions/supersede.js'
import { demo } from './commands/demo.js'
import { diff } from './commands/diff.js'
import { doctor } from './commands/doctor.js'
import { exportAll } from './commands/export.js'
import { hook } from './commands/hook.js'
import { importEarlier } from './commands/import.js'
import { init } from './commands/init.js'
import { instanceEnd } from './commands/instance/end.js'
import { instanceHeartbeat } from './commands/instance/heartbeat.js'
import { instanceList } from './commands/instance/list.js'
import { instanceRegister } from './commands/instance/register.js'
import { instanceShow } from './commands/instance/show.js'
import { lockAcquire } from './commands/lock/acquire.js'
import { lockCheck } from './commands/lock/check.js'
import { lockCleanup } from './commands/lock/cleanup.js'
import { lockList } from './commands/lock/list.js'
import { lockRelease } from './commands/lock/release.js'
import { log } from './commands/log/list.js'
import { logShow } from './commands/log/show.js'
import { mcpWith } from './commands/mcp.js'
import { metrics } from './commands/metrics.js'
import { notify } from './commands/notify.js'
import { replay } from './commands/replay.js'
import { residentStatus } from './commands/resident/status.js'
import { residentStop } from './commands/resident/stop.js'
import { serveWith } from './commands/serve.js'
import { status } from './commands/status.js'
import { uninstall } from './commands/uninstall.js'
import { verify } from './commands/verify.js'
import { whatIf } from './commands/whatIf.js'
import { why } from './commands/why.js'
import type { Command } from './define.js'
import { runCommand } from './run.js'

export interface Group {
  readonly title: string
  readonly commands: Readonly<Record<string, Command>>
}

/**
 * Every command, by what people do with it and by the words that call it. Explicit, so that a bundler sees them all and
 * nothing is looked for on the disk.
 */
export const groups: readonly Group[] = [
  {
    title: 'See who is here',
    commands: { status, 'instance list': instanceList, 'instance show': instanceShow, metrics },
  },
  {
    title: 'Lock files',
    commands: {
      'lock acquire': lockAcquire,
      'lock release': lockRelease,
      'lock check': lockCheck,
      'lock list': lockList,
      'lock cleanup': lockCleanup,
    },
  },
  {
    title: 'Share decisions',
    commands: {
      'decisions add': decisionsAdd,
      'decisions list': decisionsList,
      'decisions show': decisionsShow,
      'decisions supersede': decisionsSupersede,
      'decisions status': decisionsStatus,
      'decisions export': decisionsExport,
    },
  },
  {
    title: 'Look into the history',
    commands: { why, log, 'log show': logShow, diff, audit, replay, 'what-if': whatIf },
  },
  {
    title: 'Take part from a script',
    commands: {
      'instance register': instanceRegister,
      'instance heartbeat': instanceHeartbeat,
      'instance end': instanceEnd,
      hook,
      mcp: mcpWith(() => runCommand),
    },
  },
  {
    title: 'Set up',
    commands: {
      demo,
      init,
      uninstall,
      import: importEarlier,
      'config list': configList,
      'config get': configGet,
      'config set': configSet,
      completion: completionOf(() => commands),
    },
  },
  {
    title: 'Look after it',
    commands: {
      doctor,
      verify,
      compact,
      export: exportAll,
      bundle,
      notify,
      serve: serveWith(() => runCommand),
      'resident status': residentStatus,
      'resident stop': residentStop,
    },
  },
]

export const commands: Readonly<Record<string, Command>> = Object.assign(
  Object.create(null),
  ...groups.map((group) => group.commands),
)

/** Other words for a command. */
export const aliases: ReadonlyMap<string, string> = new Map([['show', 'log show']])

/** First words that are no whole command. */
export const topics: ReadonlyMap<string, string> = new Map([
  ['instance', 'who takes part'],
  ['lock', 'locks on files'],
  ['decisions', 'decisions that everybody should know'],
  ['resident', 'the process that answers faster'],
  ['config', 'settings of the repository'],
])
