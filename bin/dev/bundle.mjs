#!/usr/bin/env node
// The files that are run: the hook entry, the CLI, and what both load when a shell command may write, each bundled into one CommonJS
// file (ESM costs a start 13 ms more).
// A bundle over its budget, or with a module that a hook must not load, fails the build: what is slow to start is found here
// and not by a user. Whitespace and syntax are minified, names are kept: an error in the field stays readable.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build as esbuild } from 'esbuild'

const { fingerprint, fingerprintFile } = createRequire(import.meta.url)('./sources.cjs')

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const buildFile = 'hooks/dist/build'
const clientSource = 'bin/client.sh'
const clientFile = 'hooks/dist/client.sh'

/** What bundles load late, by the import that asks for it: the name that bin/load.cjs has for it. */
const late = [
  { filter: /\/analysis\.js$/, kind: 'dynamic-import', name: 'shell' },
  { filter: /^zod in full$/, kind: 'require-call', name: 'zod' },
  { filter: /^all adapters$/, kind: 'require-call', name: 'agents' },
]

const lateParts = ({ output }) => ({
  name: 'late parts',
  setup({ onResolve, onLoad }) {
    for (const { filter, kind, name } of late) {
      onResolve({ filter }, (asked) => (asked.kind === kind ? { path: name, namespace: 'late' } : undefined))
    }
    const loader = relative(dirname(output), 'bin/load.cjs')
    onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: `const { join } = require('node:path')
module.exports = require(join(__dirname, '${loader}')).load('${path}')`,
    }))
  },
})

/** A hook only asks whether something fits, in most cases. */
export const lightSchemas = {
  name: 'light schemas',
  setup({ onResolve }) {
    onResolve({ filter: /^zod\/(mini|v4\/core)$/ }, () => ({ path: join(root, 'hooks/src/lightSchemas.ts') }))
  },
}

const lateAdapters = {
  name: 'late adapters',
  setup({ onResolve }) {
    onResolve({ filter: /\/adapters\.js$/ }, () => ({ path: join(root, 'hooks/src/lateAdapters.ts') }))
  },
}

/** A bundle has a require already; node:module, which would make one, takes 0.5 ms. */
const ownRequire = {
  name: 'own require',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:module$/ }, () => ({ path: 'require', namespace: 'own' }))
    onLoad({ filter: /./, namespace: 'own' }, () => ({ contents: 'exports.createRequire = () => require' }))
  },
}

/** bytesMax: in bytes of the output file. forbidden: what must not be among the inputs, with the reason that is printed. */
const bundles = [
  {
    entry: 'hooks/src/hook.ts',
    output: 'hooks/dist/hook.cjs',
    bytesMax: 270_000,
    // Older than Node 20 in syntax only, so that an old Node reaches the banner and says so instead of a syntax error.
    target: 'es2020',
    banner:
      'if(parseInt(process.versions.node,10)<20){process.stderr.write("coordlog: needs Node 20 or newer, this is "+' +
      'process.versions.node+"; this call is not coordinated\\n");process.exit(0)}',
    plugins: [lightSchemas, lateAdapters, ownRequire],
    forbidden: [
      [/node_modules\/@oclif\//, 'oclif takes 100 ms to load'],
      [/node_modules\/zod\//, "import from 'zod/mini', which is hooks/src/lightSchemas.ts here: zod takes 3 ms"],
      [/node_modules\/(ndjson|split2|readable-stream|through2)\//, 'ndjson takes 26 ms to load'],
      [/node_modules\/(esbuild|typescript|uvu|fast-check|oxc-parser)\//, 'a development tool'],
      [/node_modules\/unbash\//, 'the parser of shell commands is loaded by those that may write'],
      [/^packages\/(cli|resident)\//, 'a hook uses runtime and agents only'],
    ],
  },
  {
    entry: 'packages/cli/src/main.ts',
    output: 'packages/cli/dist/coord.cjs',
    bytesMax: 3_000_000,
    target: 'node20',
    banner: '',
    plugins: [lightSchemas],
    forbidden: [
      [/node_modules\/zod\//, "import from 'zod/mini', which is hooks/src/lightSchemas.ts here"],
      [/node_modules\/(esbuild|typescript|uvu|fast-check|oxc-parser)\//, 'a development tool'],
      [/node_modules\/@modelcontextprotocol\//, 'the protocol of `coord mcp` is in a bundle of its own'],
    ],
  },
  {
    entry: 'packages/mcp/src/serve.ts',
    output: 'packages/mcp/dist/mcp.cjs',
    bytesMax: 900_000,
    target: 'node20',
    banner: '',
    forbidden: [[/^packages\/(cli|resident|runtime|agents|log)\//, 'the protocol runs commands that it is given']],
  },
  {
    entry: 'packages/agents/src/adapters.ts',
    output: 'hooks/dist/agents.cjs',
    bytesMax: 60_000,
    target: 'es2020',
    banner: '',
    plugins: [lightSchemas],
    forbidden: [[/^packages\/(cli|resident|log)\//, 'an adapter reads payloads and writes answers']],
  },
  {
    entry: 'hooks/src/fullSchemas.ts',
    output: 'hooks/dist/zod.cjs',
    bytesMax: 120_000,
    target: 'es2020',
    banner: '',
    forbidden: [[/node_modules\/zod\/v4\/(classic|locales)\//, "import from 'zod/mini': the full zod brings 440 KB"]],
  },
  {
    entry: 'packages/agents/src/shell/analysis.ts',
    output: 'hooks/dist/shell.cjs',
    bytesMax: 230_000,
    target: 'es2020',
    banner: '',
    forbidden: [
      [/node_modules\/(?!unbash\/)/, 'this is the parser and what is made of its tree'],
      [/^packages\/(cli|resident|log)\//, 'it looks at a text, and through its caller at files'],
    ],
  },
]

/** Why these outputs may not be shipped: one line each, none when they may. `inputs`: path → bytes in the output. */
export function objections(bundle, bytes, inputs) {
  const found = []
  for (const [pattern, reason] of bundle.forbidden) {
    const path = Object.keys(inputs).find((input) => pattern.test(input))
    if (path) found.push(`${bundle.output} contains ${path} (${reason})`)
  }
  if (bytes > bundle.bytesMax) {
    const biggest = Object.entries(inputs)
      .sort(([, a], [, b]) => b - a)
      .slice(0, 5)
      .map(([path, size]) => `${path} ${size}`)
    found.push(`${bundle.output} has ${bytes} bytes, its budget is ${bundle.bytesMax}; biggest: ${biggest.join(', ')}`)
  }
  return found
}

/** What esbuild could not resolve or parse, and names that a module does not have, one line each. */
function complaints({ errors, warnings = [] }) {
  return [...errors, ...warnings].map(
    ({ text, location }) => `${location ? `${location.file}:${location.line}: ` : ''}${text}`,
  )
}

/** Builds one bundle in memory and writes it only when nothing is objected to. Returns the objections. */
async function build(bundle) {
  if (!existsSync(join(root, bundle.entry))) return [`${bundle.entry} is missing, so there is no ${bundle.output}`]
  try {
    const result = await esbuild(settingsOf(bundle))
    const found = complaints(result)
    return found.length > 0 ? found : check(bundle, result)
  } catch (error) {
    if (!Array.isArray(error.errors)) throw error
    return complaints(error)
  }
}

function settingsOf(bundle) {
  return {
    absWorkingDir: root,
    entryPoints: [bundle.entry],
    outfile: bundle.output,
    bundle: true,
    write: false,
    metafile: true,
    format: 'cjs',
    platform: 'node',
    target: bundle.target,
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    external: ['*.node', 'typescript'],
    // A script with a code cache has no import(): what stays outside comes by require.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'bundle.url' },
    banner: { js: `${opening(bundle)}${bundle.banner}${url}${bindingFor(bundle)}` },
    footer: { js: isOfHooks(bundle) ? '})' : '' },
    logLevel: 'silent',
    plugins: [lateParts(bundle), ...(bundle.plugins ?? [])],
  }
}

/** What a hook loads is the text of a function, so that bin/load.cjs need not put one together; the others are ordinary modules. */
function isOfHooks({ output }) {
  return output.startsWith('hooks/')
}

function opening(bundle) {
  return isOfHooks(bundle) ? '(function(exports,require,module,__filename,__dirname){' : ''
}

const url = 'const bundle={get url(){return require("node:url").pathToFileURL(__filename).href}};'

/**
 * fs-ext is in the bundle but for its native part. To look for that as Node looks for a package costs more than to load it, so it is
 * taken from where an installation has it, and looked for only elsewhere. What was required once is at hand: a bundle asks for node:fs
 * as often as it has files.
 */
function bindingFor({ output }) {
  const native = 'build/Release/fs_ext.node'
  const usual = `${relative(dirname(output), 'node_modules/fs-ext')}/${native}`
  return (
    '{const seen={},plain=require,native=()=>{const module={exports:{}};' +
    `try{process.dlopen(module,plain("node:path").join(__dirname,${JSON.stringify(usual)}))}` +
    `catch(_){return plain(plain.resolve("fs-ext/${native}"))}return module.exports};` +
    `require=Object.assign((id)=>seen[id]||(seen[id]=id==="./${native}"?native():plain(id)),plain)}`
  )
}

function check(bundle, result) {
  const [file] = result.outputFiles
  const [output] = Object.values(result.metafile.outputs)
  const inputs = Object.fromEntries(
    Object.entries(output.inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput]),
  )
  const found = objections(bundle, file.contents.length, inputs)
  if (found.length === 0) {
    mkdirSync(dirname(join(root, bundle.output)), { recursive: true })
    replaceFile(join(root, bundle.output), file.contents)
  }
  return found
}

/** Written aside and renamed: a hook that starts meanwhile reads the old one or the new one. */
function replaceFile(path, contents) {
  const aside = `${path}.${process.pid}`
  writeFileSync(aside, contents)
  renameSync(aside, path)
}

/**
 * Names what is installed: clients talk only to a resident that runs the same. bash reads its client at every hook, so that one
 * has the name in it, and no comments.
 */
function nameBuild() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const client = readFileSync(join(root, clientSource), 'utf8')
  const hash = createHash('sha256').update(client)
  for (const { output } of bundles) hash.update(readFileSync(join(root, output)))
  const build = `${version}-${hash.digest('hex').slice(0, 12)}`
  replaceFile(join(root, clientFile), client.replaceAll(/^ *(#.*)?\n|^ +/gm, '').replace('@build@', build))
  replaceFile(join(root, buildFile), `${build}\n`)
  return []
}

/**
 * The first run of a new bundle writes V8's code cache (bin/load.cjs), with what that run compiled. It is made here, by runs
 * on a scratch repository that do what most runs do, so that no user waits for it.
 */
async function warm() {
  for (const { output } of bundles) {
    const folder = join(root, dirname(output))
    for (const name of readdirSync(folder)) if (name.endsWith('.cache')) rmSync(join(folder, name))
  }
  const recordings = await import(pathToFileURL(join(root, 'packages/agents/dist/src/claudeCode/recordings.js')))
  const repository = mkdtempSync(join(tmpdir(), 'coordlog-warm-'))
  mkdirSync(join(repository, '.git'))
  writeFileSync(join(repository, '.git', 'HEAD'), 'ref: refs/heads/main\n')
  const edit = recordings.recorded('before-edit', { session: 'warm', cwd: repository, path: join(repository, 'a.ts') })
  try {
    return [
      ...warmRun(repository, ['hook', 'claude-code'], edit),
      ...warmRun(repository, ['hook', 'claude-code'], recordings.shellCommand(repository, 'echo a > a.ts')),
      ...warmRun(repository, ['cli', 'status', '--repo', repository], ''),
    ]
  } finally {
    rmSync(repository, { recursive: true })
  }
}

function warmRun(cwd, args, input) {
  const { COORD_DIR: _directory, ...env } = process.env
  const program = join(root, 'bin/dev/warm.cjs')
  const ended = spawnSync(process.execPath, [program, ...args], { cwd, env, input, encoding: 'utf8' })
  return ended.status === 0 && ended.stderr === ''
    ? []
    : [`${args.join(' ')} ended with ${ended.status}: ${ended.stderr.trim()}`]
}

async function main() {
  const made = fingerprint(root)
  const problems = []
  for (const bundle of bundles) problems.push(...(await build(bundle)))
  if (problems.length === 0) problems.push(...nameBuild(), ...(await warm()))
  if (problems.length === 0) writeFileSync(join(root, fingerprintFile), made)
  for (const problem of problems) process.stderr.write(`coordlog: ${problem}\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
}

if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) await main()
