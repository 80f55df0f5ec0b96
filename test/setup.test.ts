/** Parts of the set-up: one at a time, what counts as changed, what a bundle may hold. bin/coord is in entry.test.ts. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const bin = join(root, 'bin/dev')

interface Sources {
  fingerprint(root: string): string
}
const { fingerprint }: Sources = createRequire(import.meta.url)(join(bin, 'sources.cjs'))

interface Bundling {
  objections(
    bundle: { output: string; bytesMax: number; forbidden: readonly (readonly [RegExp, string])[] },
    bytes: number,
    inputs: Readonly<Record<string, number>>,
  ): string[]
}
const { objections }: Bundling = await import(join(bin, 'bundle.mjs'))

const setup = suite<{ folder: string }>('setup', { folder: '' })

setup.before.each((place) => {
  place.folder = mkdtempSync(join(tmpdir(), 'coordlog-setup-'))
})
setup.after.each(({ folder }) => rmSync(folder, { recursive: true }))

/** A process that takes the lock and runs `inside`. */
function locker(folder: string, inside: string): ChildProcess {
  const program = `
    import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs'
    import { acquire, release } from ${JSON.stringify(join(bin, 'lockfile.mjs'))}
    process.chdir(${JSON.stringify(folder)})
    acquire('lock', (pid) => appendFileSync('waits', pid + '\\n'))
    ${inside}
    release('lock')`
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'ignore', 'inherit'] })
}

async function code(child: ChildProcess): Promise<unknown> {
  const [exitCode] = await once(child, 'exit')
  return exitCode
}

setup('of four processes at once, one at a time is inside', async ({ folder }) => {
  const inside = `
    if (existsSync('inside')) appendFileSync('overlaps', 'x')
    writeFileSync('inside', '')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    rmSync('inside')
    appendFileSync('done', 'x')`
  const codes = await Promise.all([1, 2, 3, 4].map(() => code(locker(folder, inside))))
  assert.equal(codes, [0, 0, 0, 0])
  assert.is(readFileSync(join(folder, 'done'), 'utf8'), 'xxxx')
  assert.not.ok(existsSync(join(folder, 'overlaps')), 'two were inside at once')
  assert.not.ok(existsSync(join(folder, 'lock')), 'the lock was given back')
})

setup('who was killed inside has lost the lock', async ({ folder }) => {
  const killed = locker(folder, "process.kill(process.pid, 'SIGKILL')")
  await once(killed, 'exit')
  assert.is(readFileSync(join(folder, 'lock'), 'utf8'), String(killed.pid))
  assert.is(await code(locker(folder, "writeFileSync('done', '')")), 0)
  assert.ok(existsSync(join(folder, 'done')))
})

setup('an owner from before this boot has lost it, though its number is in use again', async ({ folder }) => {
  writeFileSync(join(folder, 'lock'), String(process.pid))
  utimesSync(join(folder, 'lock'), 1, 1)
  assert.is(await code(locker(folder, "writeFileSync('done', '')")), 0)
  assert.ok(existsSync(join(folder, 'done')))
})

setup('the fingerprint sees a change, a new file and a removed one, and nothing else', ({ folder }) => {
  for (const path of ['packages/log/src/deep', 'packages/log/test', 'hooks/src'])
    mkdirSync(join(folder, path), { recursive: true })
  const file = join(folder, 'packages/log/src/deep/a.ts')
  writeFileSync(file, 'one')
  const first = fingerprint(folder)
  assert.is(fingerprint(folder), first)
  writeFileSync(join(folder, 'packages/log/test/a.test.ts'), '')
  assert.is(fingerprint(folder), first, 'tests are not bundled')
  appendFileSync(file, '!')
  const second = fingerprint(folder)
  assert.is.not(second, first)
  utimesSync(file, 1, 1)
  assert.is.not(fingerprint(folder), second, 'same size, another time')
  writeFileSync(join(folder, 'hooks/src/hook.ts'), '')
  const third = fingerprint(folder)
  assert.match(third, /hooks\/src\/hook\.ts/)
  rmSync(join(folder, 'hooks/src/hook.ts'))
  assert.is.not(fingerprint(folder), third)
})

setup('a bundle over its budget or with a forbidden module is refused with the reason', () => {
  const bundle = {
    output: 'hook.cjs',
    bytesMax: 1000,
    forbidden: [[/node_modules\/@oclif\//, 'slow to load']] as const,
  }
  assert.equal(objections(bundle, 1000, { 'hooks/src/hook.ts': 900 }), [])
  assert.equal(objections(bundle, 1001, { 'a.ts': 1, 'b.ts': 1000 }), [
    'hook.cjs has 1001 bytes, its budget is 1000; biggest: b.ts 1000, a.ts 1',
  ])
  assert.equal(objections(bundle, 10, { 'node_modules/@oclif/core/lib/index.js': 10 }), [
    'hook.cjs contains node_modules/@oclif/core/lib/index.js (slow to load)',
  ])
})

setup('an installation that fails leaves what was installed before', ({ folder }) => {
  for (const path of ['bin', 'node_modules', 'programs']) mkdirSync(join(folder, path))
  cpSync(bin, join(folder, 'bin', 'dev'), { recursive: true })
  writeFileSync(join(folder, 'package-lock.json'), '{}')
  writeFileSync(join(folder, 'node_modules', 'marker'), 'before')
  const npm = `#!/bin/sh\nrm -rf '${folder}/node_modules'; mkdir '${folder}/node_modules'; echo 'npm error no network'; exit 1\n`
  writeFileSync(join(folder, 'programs', 'npm'), npm, { mode: 0o755 })
  const env = { ...process.env, PATH: `${join(folder, 'programs')}:${process.env['PATH']}` }
  const ended = spawnSync(process.execPath, [join(folder, 'bin', 'dev', 'bootstrap.mjs')], { env, encoding: 'utf8' })
  assert.is(ended.status, 78, ended.stderr)
  assert.match(ended.stderr, /npm error no network/)
  assert.is(readFileSync(join(folder, 'node_modules', 'marker'), 'utf8'), 'before')
})

setup.run()
