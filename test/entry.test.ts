/** bin/coord and its companions, in a scratch copy with a bundle that prints what reached it. */

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const echo = (what: string): string =>
  `(function (exports, require) { const text = require('node:fs').readFileSync(0, 'utf8')
   console.log(JSON.stringify({ what: '${what}', arguments: process.argv.slice(2), text, certificates: process.env.NODE_EXTRA_CA_CERTS ?? null })) })`

interface Echo {
  readonly what: string
  readonly arguments: readonly string[]
  readonly text: string
  readonly certificates: string | null
}

interface Place {
  readonly folder: string
  /** A PATH with the tools the scripts may use, and node only if asked for. */
  readonly path: string
}

/** An installation as npm would pack it: no bin/dev, bundles present; in a path with a space. */
const entry = suite<Place>('entry', { folder: '', path: '' })

function toolPath(folder: string, node: boolean): string {
  mkdirSync(folder)
  for (const tool of ['bash', 'env', 'readlink']) {
    const found = spawnSync('bash', ['--norc', '-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim()
    symlinkSync(found, join(folder, tool))
  }
  if (node) symlinkSync(process.execPath, join(folder, 'node'))
  return folder
}

entry.before.each((place) => {
  const folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-entry-'))), 'a place')
  mkdirSync(join(folder, 'hooks/dist'), { recursive: true })
  mkdirSync(join(folder, 'packages/cli/dist'), { recursive: true })
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true })
  rmSync(join(folder, 'bin/dev'), { recursive: true })
  writeFileSync(join(folder, 'hooks/dist/hook.cjs'), echo('hook'))
  writeFileSync(join(folder, 'packages/cli/dist/coord.cjs'), echo('cli'))
  Object.assign(place, { folder, path: toolPath(join(folder, 'tools'), true) })
})

entry.after.each(({ folder }) => rmSync(dirname(folder), { recursive: true }))

function start(place: Place, program: string, args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(program, args, {
    cwd: place.folder,
    encoding: 'utf8',
    input: 'payload',
    env: { PATH: place.path, ...env },
  })
}

function echoed(place: Place, program: string, args: readonly string[], env: Record<string, string> = {}): Echo {
  const ended = start(place, program, args, env)
  assert.is(ended.stderr, '')
  assert.is(ended.status, 0)
  return JSON.parse(ended.stdout)
}

entry('the CLI gets arguments and stdin as they are', (place) => {
  const args = ['log', '--path', 'a b', '', "it's", '*', '--', '-x']
  const seen = echoed(place, './bin/coord', args)
  assert.equal(seen, { what: 'cli', arguments: args, text: 'payload', certificates: null })
})

entry('a hook goes straight to its bundle', (place) => {
  const seen = echoed(place, 'bin/coord', ['hook', 'claude-code'])
  assert.equal(seen, { what: 'hook', arguments: ['claude-code'], text: 'payload', certificates: null })
})

entry('the companions are commands under another name', (place) => {
  for (const name of ['status', 'lock', 'decisions']) {
    assert.equal(echoed(place, `bin/coord-${name}`, ['list', '--json']).arguments, [name, 'list', '--json'])
  }
})

entry('node is started without the certificates', (place) => {
  const env = { NODE_EXTRA_CA_CERTS: '/etc/ssl/none.pem' }
  assert.is(echoed(place, 'bin/coord', ['status'], env).certificates, null)
  assert.is(echoed(place, 'bin/coord', ['hook', 'x'], env).certificates, null)
})

entry('found through symlinks: absolute, relative, a chain, a linked folder, and by PATH', (place) => {
  const links = join(place.folder, 'links')
  mkdirSync(links)
  symlinkSync(join(place.folder, 'bin/coord'), join(links, 'absolute'))
  symlinkSync('../bin/coord-lock', join(links, 'relative'))
  symlinkSync('relative', join(links, 'chain'))
  symlinkSync('../bin', join(links, 'folder'))
  assert.is(echoed(place, 'links/absolute', ['status']).what, 'cli')
  assert.equal(echoed(place, 'links/relative', ['list']).arguments, ['lock', 'list'])
  assert.equal(echoed(place, 'links/chain', ['list']).arguments, ['lock', 'list'])
  assert.is(echoed(place, 'links/folder/coord', ['hook', 'x']).what, 'hook')
  const onPath = { PATH: `${links}:${place.path}` }
  assert.equal(echoed(place, 'bash', ['--norc', '-c', 'cd links && absolute a'], onPath).arguments, ['a'])
  assert.equal(echoed(place, 'bash', ['--norc', '-c', 'cd links && bash chain a'], onPath).arguments, ['lock', 'a'])
})

entry('without node: one sentence; a hook fails open', (place) => {
  const bare = { PATH: toolPath(join(place.folder, 'bare'), false) }
  const command = start(place, 'bin/coord', ['status'], bare)
  assert.is(command.status, 78)
  assert.match(command.stderr, /^coordlog: needs Node 20 or newer, and there is no node in PATH[^\n]*\n$/)
  const hook = start(place, 'bin/coord', ['hook', 'claude-code'], bare)
  assert.is(hook.status, 0)
  assert.is(hook.stdout, '')
  assert.is(hook.stderr, command.stderr)
})

entry('with a Node that is too old: one sentence', (place) => {
  const old = join(place.folder, 'old.cjs')
  writeFileSync(old, "Object.defineProperty(process.versions, 'node', { value: '18.20.4' })")
  const ended = start(place, 'bin/coord', ['status'], { NODE_OPTIONS: '--require ./old.cjs' })
  assert.is(ended.status, 78)
  assert.match(ended.stderr, /^coordlog: needs Node 20 or newer, this is 18\.20\.4 [^\n]*\n$/)
})

entry('the code cache: written by the first run, used by the second, replaced when it does not fit', (place) => {
  const dist = join(place.folder, 'packages/cli/dist')
  const caches = (): string[] =>
    readdirSync(dist).filter((name) => name.endsWith(`-${process.version}-${process.arch}.cache`))
  assert.is(echoed(place, 'bin/coord', ['a']).what, 'cli')
  assert.is(caches().length, 1)
  const cacheFile = join(dist, caches()[0] ?? '')
  const made = readFileSync(cacheFile)
  assert.is(echoed(place, 'bin/coord', ['b']).what, 'cli')
  assert.ok(readFileSync(cacheFile).equals(made), 'a good cache is left alone')
  writeFileSync(cacheFile, 'no cache at all')
  assert.is(echoed(place, 'bin/coord', ['c']).what, 'cli')
  assert.ok(readFileSync(cacheFile).length > 100, 'the bad cache was replaced')
})

entry('each set of flags of Node has a code cache of its own, which the others leave alone', (place) => {
  const dist = join(place.folder, 'packages/cli/dist')
  const caches = () => readdirSync(dist).filter((name) => name.endsWith('.cache'))
  const contents = () => caches().map((name) => readFileSync(join(dist, name)).toString('hex'))
  const flags = { NODE_OPTIONS: '--stack-trace-limit=5' }
  echoed(place, 'bin/coord', ['a'])
  echoed(place, 'bin/coord', ['a'], flags)
  assert.is(caches().length, 2)
  const made = contents()
  echoed(place, 'bin/coord', ['a'])
  echoed(place, 'bin/coord', ['a'], flags)
  assert.equal(contents(), made)
})

entry('the code cache of one bundle is never used for another of the same length', (place) => {
  const bundle = join(place.folder, 'packages/cli/dist/coord.cjs')
  assert.is(echoed(place, 'bin/coord', ['a']).what, 'cli')
  writeFileSync(bundle, echo('ilc'))
  utimesSync(bundle, 1, 1)
  assert.is(echoed(place, 'bin/coord', ['a']).what, 'ilc')
})

entry('a clone whose set-up fails: the reason, 78; a hook says that it is not coordinated, 0', (place) => {
  mkdirSync(join(place.folder, 'bin/dev'))
  for (const name of ['bootstrap.mjs', 'lockfile.mjs', 'sources.cjs']) {
    cpSync(join(root, 'bin/dev', name), join(place.folder, 'bin/dev', name))
  }
  writeFileSync(join(place.folder, 'package-lock.json'), '{}')
  rmSync(join(place.folder, 'hooks/dist/hook.cjs'))
  const command = start(place, 'bin/coord', ['status'])
  assert.is(command.status, 78)
  assert.is(command.stdout, '')
  assert.match(
    command.stderr,
    /first run[^\n]*\ncoordlog: fs-ext \(flock\) has to be compiled here and python3, make, g\+\+ cannot be found; install [^\n]*\n$/,
  )
  const hook = start(place, 'bin/coord', ['hook', 'claude-code'])
  assert.is(hook.status, 0)
  assert.is(hook.stdout, '')
  assert.match(hook.stderr, /^coordlog: not set up, so this call is not coordinated; to see why, run: [^\n]*\n$/)
  assert.not.ok(existsSync(join(place.folder, 'dist/bootstrap.lock')), 'the lock was given back')
})

entry.run()
