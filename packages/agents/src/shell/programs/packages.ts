import { pathOf } from '../collector.js'
import { type OptionShape, parseOptions } from '../options.js'
import { type Call, isThere, type Program, type Programs, uses, writeEach } from '../program.js'
import type { Field } from '../scope.js'

/** Package managers: what they install is one thing for the whole worktree, and some of them write a manifest and a lock file. */

interface Manager {
  /** Files that change when a dependency comes or goes. */
  manifest: readonly string[]
  /** Change the manifest. */
  changes: readonly string[]
  /** Install what the manifest says; the lock file is written when it does not fit. */
  installs: readonly string[]
  /** Write the manifest, and the lock file with it, but install nothing. */
  describes?: readonly string[]
  /** Write the lock file alone. */
  locks?: readonly string[]
  /** Run a program of the project: its words follow. */
  runs?: readonly string[]
  /** Say or do nothing that matters here. */
  reads: readonly string[]
  shape?: OptionShape
  /** Without a subcommand it installs. */
  bare?: boolean
}

function manager(facts: Manager): Program {
  return (call) => {
    const { operands, has, value } = parseOptions(call.args, {
      short: 'C',
      long: ['prefix', 'dir', 'cwd', 'filter', 'workspace'],
      ...facts.shape,
      stops: false,
    })
    if (has('g', 'global', 'version', 'help', 'dry-run')) return
    const [action, ...rest] = operands
    const name = action?.text ?? (facts.bare === true ? (facts.installs[0] ?? '') : 'help')
    const folder = value('prefix', 'dir', 'cwd', 'C')
    const scope = { ...call.scope }
    if (folder !== undefined) scope.cwd = pathOf(folder, scope) || undefined
    apply({ ...call, scope }, facts, name, rest)
  }
}

/** By its first word; what is not known here is a script, or might be. */
function apply(call: Call, facts: Manager, action: string, rest: readonly Field[]): void {
  const files = facts.manifest.map((text) => ({ text })).filter((field) => isThere(call, field))
  const acts: [boolean | undefined, () => void][] = [
    [isChange(facts, action, rest), () => changeDependencies(call, files)],
    [facts.describes?.includes(action), () => describe(call, facts, action, rest, files)],
    [facts.locks?.includes(action), () => writeEach(call, files.slice(1))],
    [facts.installs.includes(action), () => installDependencies(call, action, files)],
    [facts.runs?.includes(action), () => runProgram(call, action)],
    [facts.reads.includes(action), () => undefined],
  ]
  const [, act = () => call.walk.collector.opaque()] = acts.find(([applies]) => applies) ?? []
  act()
}

function isChange({ changes }: Manager, action: string, rest: readonly Field[]): boolean {
  if (changes.includes(action)) return true
  return (action === 'install' || action === 'i') && rest.length > 0 && changes.includes('install NAME')
}

function changeDependencies(call: Call, files: readonly Field[]): void {
  usesDependencies(call)
  writeEach(call, files)
}

function installDependencies(call: Call, action: string, files: readonly { text: string }[]): void {
  usesDependencies(call)
  if (!isFrozen(action, call)) mayWrite(call, files.slice(1))
}

function describe(
  call: Call,
  { manifest }: Manager,
  action: string,
  rest: readonly Field[],
  files: readonly Field[],
): void {
  if (!isLook(action, rest)) writeEach(call, action === 'version' ? files : [{ text: manifest[0] }])
}

/** npm pkg get, npm version without one. */
function isLook(action: string, [first]: readonly Field[]): boolean {
  return (action === 'pkg' && first?.text === 'get') || (action === 'version' && first === undefined)
}

function usesDependencies(call: Call): void {
  uses(call, '@deps', { success: false, failure: false })
}

function isFrozen(action: string, { args }: Call): boolean {
  return (
    action === 'ci' ||
    args.some(({ text }) => ['--frozen-lockfile', '--immutable', '--frozen', '--locked'].includes(text ?? ''))
  )
}

function mayWrite({ walk, scope }: Call, files: readonly { text: string }[]): void {
  for (const { text } of files) {
    if (scope.cwd !== undefined)
      walk.collector.add({ path: `${scope.cwd}/${text}`, reach: 'file', sure: false, act: 'write' })
  }
}

/** npx PROGRAM …, uv run PROGRAM …. */
function runProgram({ args, scope, input, walk }: Call, action: string): void {
  const at = args.findIndex(({ text }) => text === action)
  const { operands } = parseOptions(args.slice(at + 1), { short: 'pc', long: ['package', 'call', 'with'], stops: true })
  walk.run(operands, scope, input)
}

const reading =
  'test t run run-script start stop build list ls ll la view info show outdated audit why explain whoami login logout config help search pack publish version root bin prefix cache doctor fund ping owner docs repo'.split(
    ' ',
  )
/** They run scripts of the project, which may do anything. */
const scripts: ReadonlySet<string> = new Set([
  'test',
  't',
  'run',
  'run-script',
  'start',
  'build',
  'version',
  'pack',
  'publish',
])
const looks = reading.filter((action) => !scripts.has(action))

const npm = manager({
  manifest: ['package.json', 'package-lock.json'],
  changes: ['install NAME', 'add', 'uninstall', 'remove', 'rm', 'un', 'update', 'up', 'upgrade', 'dedupe'],
  installs: ['install', 'i', 'ci', 'rebuild', 'prune'],
  describes: ['init', 'pkg', 'version'],
  runs: ['exec', 'x'],
  reads: looks,
})

const runner: Program = ({ args, scope, input, walk }) => {
  const { operands } = parseOptions(args, { short: 'pc', long: ['package', 'call', 'from', 'with'], stops: true })
  const [program, ...rest] = operands
  const name = program?.text?.replace(/(?<=.)@[^/]+$/, '')
  walk.run(name === undefined ? operands : [{ text: name }, ...rest], scope, input)
}

const pip = manager({
  manifest: [],
  changes: ['install', 'uninstall'],
  installs: ['sync'],
  reads: ['list', 'show', 'freeze', 'check', 'config', 'index', 'help', 'download', 'debug'],
  shape: { short: 'rce', long: ['requirement', 'target', 'index-url'] },
})

/** python -m MODULE …. */
export function python(call: Call, args: readonly Field[]): void {
  const [module, ...rest] = args
  const name = module?.text
  if (name === undefined) {
    call.walk.collector.opaque()
    return
  }
  if (name === 'json.tool') return
  if (['http.server', 'venv', 'timeit', 'pdb'].includes(name)) return
  call.walk.run([{ text: name === 'pip' ? 'pip' : name }, ...rest], call.scope, call.input)
}

const pythonProject = (lock: string): Manager => ({
  manifest: ['pyproject.toml', lock],
  changes: ['add', 'remove'],
  installs: ['install', 'sync', 'update'],
  locks: ['lock'],
  runs: ['run'],
  reads: ['show', 'env', 'check', 'config', 'search', 'tree', 'python', 'version', 'help', 'venv', 'cache', 'self'],
})

export const packageManagers: Programs = {
  npm,
  pnpm: manager({
    manifest: ['package.json', 'pnpm-lock.yaml'],
    changes: ['install NAME', 'add', 'remove', 'rm', 'uninstall', 'update', 'up', 'upgrade', 'dedupe'],
    installs: ['install', 'i', 'ci', 'rebuild', 'prune'],
    runs: ['exec', 'dlx'],
    reads: looks,
  }),
  yarn: manager({
    manifest: ['package.json', 'yarn.lock'],
    changes: ['add', 'remove', 'upgrade', 'up', 'dedupe'],
    installs: ['install'],
    runs: ['exec', 'dlx'],
    reads: looks,
    bare: true,
  }),
  npx: runner,
  bunx: runner,
  pnpx: runner,
  uvx: runner,
  pipx: ({ walk }) => walk.collector.opaque(),
  pip,
  pip3: pip,
  poetry: manager(pythonProject('poetry.lock')),
  uv(call) {
    if (call.args[0]?.text === 'pip') pip({ ...call, args: call.args.slice(1) })
    else uvProject(call)
  },
  pipenv: manager({
    ...pythonProject('Pipfile.lock'),
    manifest: ['Pipfile', 'Pipfile.lock'],
    changes: ['install NAME', 'uninstall'],
  }),
  cargo(call) {
    if (call.args[0]?.text === 'fmt') call.walk.collector.maybeBelow(call.scope.cwd)
    else cargo(call)
  },
  go(call) {
    const [action, second] = call.args
    if (action?.text === 'fmt') call.walk.collector.maybeBelow(call.scope.cwd)
    else if (action?.text === 'mod') goModules(call, second?.text)
    else goProject(call)
  },
  bundle: manager({
    manifest: ['Gemfile', 'Gemfile.lock'],
    changes: ['add', 'remove'],
    installs: ['install'],
    locks: ['update', 'lock'],
    runs: ['exec'],
    reads: ['list', 'show', 'check', 'outdated', 'info', 'help', 'config'],
    bare: true,
  }),
  composer: manager({
    manifest: ['composer.json', 'composer.lock'],
    changes: ['require', 'remove'],
    installs: ['install'],
    locks: ['update'],
    runs: ['exec'],
    reads: ['show', 'validate', 'outdated', 'why', 'help', 'diagnose'],
  }),
}

const uvProject = manager(pythonProject('uv.lock'))
const cargo = manager({
  manifest: ['Cargo.toml', 'Cargo.lock'],
  changes: ['add', 'remove', 'rm'],
  installs: ['fetch', 'vendor'],
  locks: ['update', 'generate-lockfile'],
  reads: ['check', 'clippy', 'tree', 'search', 'metadata', 'version', 'help', 'doc'],
})
const goProject = manager({
  manifest: ['go.mod', 'go.sum'],
  changes: ['get'],
  installs: [],
  reads: ['vet', 'list', 'version', 'env', 'doc', 'help', 'build', 'test'],
})

function goModules(call: Call, action: string | undefined): void {
  if (action === 'tidy') {
    usesDependencies(call)
    mayWrite(call, [{ text: 'go.mod' }, { text: 'go.sum' }])
  } else if (action === 'edit' || action === 'init') writeEach(call, [{ text: 'go.mod' }])
  else if (action === 'vendor') call.walk.collector.maybeBelow(call.scope.cwd)
}
