import { statSync } from 'node:fs'
import {
  enforceModes,
  holdModes,
  type Policy,
  type Priority,
  type PriorityRule,
  readModes,
  ttlMsMax,
  ttlMsMin,
  worktreeModes,
} from '@coordlog/coordination/vocabulary'
import { flat, readContent, setAt, writeAtomically } from './configFile.js'
import { metricsSettings } from './metricsSettings.js'
import { type NotifyTarget, notifySettings } from './notifySettings.js'
import { below, type Place } from './place.js'
import { prioritySettings } from './prioritySettings.js'
import { errorCode, RuntimeProblem } from './problems.js'
import { bytes, choice, duration, isFolderInside, type Setting, whole } from './settingKinds.js'

/** What a project may choose. The file says it in the units of `config list`; here times are milliseconds. */
export interface Config {
  enforce: Policy['enforce']
  worktrees: Policy['worktrees']
  /** priority: which roles go before which, for which files; none: nobody does. */
  lock: {
    ttlMs: number
    hold: Policy['hold']
    priority: PriorityRule[]
    priorityMode: Priority['mode']
    priorityGraceMs: number
  }
  reads: { check: NonNullable<Policy['reads']> }
  /** What a shell command that writes a held file comes to; off: shell commands are not looked at. */
  shell: { guard: 'deny' | 'warn' | 'off' }
  instance: { staleMs: number; heartbeatMs: number; taskFromPrompt: boolean }
  log: {
    durability: 'class' | 'all'
    networkFs: 'refuse' | 'allow'
    /** What becomes of sealed segments beyond keepDays or keepBytes, when there is time. */
    compaction: 'archive' | 'drop' | 'off'
    keepDays: number
    keepBytes: number
  }
  resident: { start: 'auto' | 'off'; idleMs: number }
  /** decisionsMax: how many of the newest decisions decision-log.json shows; undefined: all. */
  compat: { files: 'on' | 'off'; decisionsMax: number | undefined }
  /** adr: what becomes of a decision besides its event. folder: of the pages, relative to the worktree. */
  decisions: { adr: 'off' | 'pages' | 'commit'; folder: string }
  /** Who is told of which types of events. Where that is, and the secret, stand elsewhere. */
  notify: { to: NotifyTarget; events: string[] }
  metrics: { port: number | undefined }
}

export interface ConfigEntry {
  key: string
  value: string
  default: string
  allowed: string
}

const decisionsShownMax = 1_000_000

const decisionsShown: Setting<Config> = {
  meaning: 'how many of the newest decisions decision-log.json shows',
  allowed: `all | 1 to ${decisionsShownMax}`,
  read: ({ compat }) => (compat.decisionsMax === undefined ? 'all' : String(compat.decisionsMax)),
  write({ compat }, value) {
    const count = /^\d{1,7}$/.test(value) ? Number(value) : 0
    const fits = value === 'all' || (count >= 1 && count <= decisionsShownMax)
    if (fits) compat.decisionsMax = value === 'all' ? undefined : count
    return fits
  },
}

/** Every setting there is, in the order in which they are listed. */
const settings: Record<string, Setting<Config>> = {
  enforce: choice(
    'what a conflict does to an edit',
    enforceModes,
    (c) => c.enforce,
    (c, v) => {
      c.enforce = v
    },
  ),
  worktrees: choice(
    'whether worktrees share leases',
    worktreeModes,
    (c) => c.worktrees,
    (c, v) => {
      c.worktrees = v
    },
  ),
  'lock.ttl': duration(
    'how long after the last edit a lease may be taken',
    [ttlMsMin, ttlMsMax],
    (c) => c.lock.ttlMs,
    (c, v) => {
      c.lock.ttlMs = v
    },
  ),
  'lock.hold': choice(
    'what ends a lease first',
    holdModes,
    (c) => c.lock.hold,
    (c, v) => {
      c.lock.hold = v
    },
  ),
  'reads.check': choice(
    'what becomes of an edit of a file that another instance has changed unseen',
    readModes,
    (c) => c.reads.check,
    (c, v) => {
      c.reads.check = v
    },
  ),
  'shell.guard': choice(
    'what a shell command that writes a held file comes to (at most what enforce says)',
    ['deny', 'warn', 'off'],
    (c) => c.shell.guard,
    (c, v) => {
      c.shell.guard = v
    },
  ),
  ...prioritySettings,
  'instance.stale': duration(
    'silence after which an instance counts as stale',
    [10_000, 604_800_000],
    (c) => c.instance.staleMs,
    (c, v) => {
      c.instance.staleMs = v
    },
  ),
  'instance.heartbeat': duration(
    'least time between two heartbeats of a busy session',
    [0, 3_600_000],
    (c) => c.instance.heartbeatMs,
    (c, v) => {
      c.instance.heartbeatMs = v
    },
  ),
  'instance.taskFromPrompt': {
    ...choice(
      'show the first line of a prompt as the task',
      ['true', 'false'],
      (c) => (c.instance.taskFromPrompt ? 'true' : 'false'),
      (c, v) => {
        c.instance.taskFromPrompt = v === 'true'
      },
    ),
    stored: (c) => c.instance.taskFromPrompt,
  },
  'log.durability': choice(
    'which events are synced before they are acknowledged',
    ['class', 'all'],
    (c) => c.log.durability,
    (c, v) => {
      c.log.durability = v
    },
  ),
  'log.networkFs': choice(
    'whether to record on a file system that machines share',
    ['refuse', 'allow'],
    (c) => c.log.networkFs,
    (c, v) => {
      c.log.networkFs = v
    },
  ),
  'log.compaction': choice(
    'what becomes of old segments of the log when there is time',
    ['archive', 'drop', 'off'],
    (c) => c.log.compaction,
    (c, v) => {
      c.log.compaction = v
    },
  ),
  'log.keepDays': whole(
    'segments with an event of so many days stay as they are',
    [0, 36_500],
    (c) => c.log.keepDays,
    (c, v) => {
      c.log.keepDays = v
    },
  ),
  'log.keepBytes': bytes(
    'beyond so much, older segments do not stay as they are',
    [1024 ** 2, 1024 ** 4],
    (c) => c.log.keepBytes,
    (c, v) => {
      c.log.keepBytes = v
    },
  ),
  'resident.start': choice(
    'whether a session start brings up the resident',
    ['auto', 'off'],
    (c) => c.resident.start,
    (c, v) => {
      c.resident.start = v
    },
  ),
  'resident.idle': duration(
    'how long the resident stays when nobody needs it',
    [1_000, 604_800_000],
    (c) => c.resident.idleMs,
    (c, v) => {
      c.resident.idleMs = v
    },
  ),
  'compat.files': choice(
    "whether the predecessor's files are kept up beside the log",
    ['on', 'off'],
    (c) => c.compat.files,
    (c, v) => {
      c.compat.files = v
    },
  ),
  'compat.decisions': decisionsShown,
  'decisions.adr': choice(
    'whether a new decision is written as a Markdown page, and committed',
    ['off', 'pages', 'commit'],
    (c) => c.decisions.adr,
    (c, v) => {
      c.decisions.adr = v
    },
  ),
  'decisions.folder': {
    meaning: 'where those pages are written',
    allowed: 'a folder of the repository',
    read: (c) => c.decisions.folder,
    write(c, value) {
      const fits = isFolderInside(value)
      if (fits) c.decisions.folder = value
      return fits
    },
  },
  ...notifySettings,
  ...metricsSettings,
}

export function defaultConfig(): Config {
  return {
    enforce: 'deny',
    worktrees: 'shared',
    lock: { ttlMs: 300_000, hold: 'turn', priority: [], priorityMode: 'queue', priorityGraceMs: 30_000 },
    reads: { check: 'refuse' },
    shell: { guard: 'deny' },
    instance: { staleMs: 300_000, heartbeatMs: 30_000, taskFromPrompt: true },
    log: {
      durability: 'class',
      networkFs: 'refuse',
      compaction: 'archive',
      keepDays: 30,
      keepBytes: 256 * 1024 ** 2,
    },
    resident: { start: 'auto', idleMs: 900_000 },
    compat: { files: 'on', decisionsMax: undefined },
    decisions: { adr: 'off', folder: 'docs/decisions' },
    notify: { to: 'off', events: ['lock.denied', 'decision.recorded', 'instance.registered'] },
    metrics: { port: undefined },
  }
}

export function policyOf(config: Config): Policy {
  const { enforce, worktrees, lock, reads } = config
  const { ttlMs, hold, priority: rules, priorityMode: mode, priorityGraceMs: graceMs } = lock
  const policy = { enforce, hold, ttlMs, worktrees, reads: reads.check }
  return rules.length === 0 ? policy : { ...policy, priority: { mode, graceMs, rules } }
}

/** One file rules all worktrees, or they would not agree: the main checkout's. Without one, this worktree's own. */
export function configFile(place: Place): string {
  return below(place.mainCheckout ?? place.worktree, '.claude/coordination/config.json')
}

/** The settings of one place, the file that they stand in, and what is wrong with it. */
export interface ConfigRead {
  config: Config
  file: string
  problems: string[]
}

const read = new Map<string, { stamp: string; found: ConfigRead }>()
const readMax = 100

/**
 * Never throws: what cannot be read or understood is a problem to report, and the default holds. A file that is as it was is
 * not read again; what comes back is everybody's, so nothing of it can be changed.
 */
export function readConfig(place: Place): ConfigRead {
  const file = configFile(place)
  const stamp = stampOf(file)
  let known = read.get(file)
  if (known === undefined || known.stamp !== stamp) {
    known = { stamp, found: frozen(readAnew(file)) }
    if (read.size >= readMax) read.clear()
    read.set(file, known)
  }
  return known.found
}

function frozen<T extends object>(whole: T): Readonly<T> {
  for (const part of Object.values(whole)) if (typeof part === 'object' && part !== null) frozen(part)
  return Object.freeze(whole)
}

function stampOf(file: string): string {
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    return found === undefined ? 'absent' : `${found.dev} ${found.ino} ${found.size} ${found.mtimeMs}`
  } catch (error) {
    return errorCode(error) ?? 'unreadable'
  }
}

function readAnew(file: string): ConfigRead {
  const config = defaultConfig()
  const problems: string[] = []
  for (const [key, value] of Object.entries(flat(readContent(file, problems)))) {
    const setting = settings[key]
    if (setting === undefined) problems.push(`${file}: "${key}" is not a setting. Run: coord config list`)
    else if (!setting.write(config, asTyped(value))) {
      problems.push(
        `${file}: ${key} is ${JSON.stringify(value)}; allowed: ${setting.allowed}. Run: coord config set ${key} …`,
      )
    }
  }
  return { config, file, problems }
}

/** As `config set` would be given it. */
function asTyped(value: unknown): string {
  const isList = Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string')
  return typeof value === 'object' && !isList ? JSON.stringify(value) : String(value)
}

export function configEntries(config: Config): (ConfigEntry & { meaning: string })[] {
  const defaults = defaultConfig()
  return Object.entries(settings).map(([key, { read, allowed, meaning }]) => ({
    key,
    value: read(config),
    default: read(defaults),
    allowed,
    meaning,
  }))
}

/** Keeps what else the file holds. A file that is not JSON is left alone. */
export function setConfigValue(
  place: Place,
  key: string,
  value: string,
): { file: string; key: string; value: string; before: string } {
  const setting = settings[key]
  if (setting === undefined) {
    const keys = Object.keys(settings)
    throw new RuntimeProblem(
      'usage',
      `"${key}" is not a setting. Settings: ${keys.join(', ')}. Run: coord config list`,
      { key, keys },
    )
  }
  const file = configFile(place)
  const problems: string[] = []
  const content = readContent(file, problems)
  if (problems[0] !== undefined)
    throw new RuntimeProblem('usage', `${problems[0]} Mend or remove the file first.`, { path: file })
  const config = structuredClone(readConfig(place).config)
  const before = setting.read(config)
  if (!setting.write(config, value)) {
    throw new RuntimeProblem('usage', `${key} cannot be "${value}"; allowed: ${setting.allowed}.`, {
      key,
      value,
      allowed: setting.allowed,
    })
  }
  const stored = setting.read(config)
  setAt(content, key.split('.'), setting.stored?.(config) ?? stored)
  writeAtomically(file, `${JSON.stringify(content, undefined, 2)}\n`)
  return { file, key, value: stored, before }
}
