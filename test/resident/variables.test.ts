import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { contentOf, type Frame, parseQuestion } from '@coordlog/resident/frame'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { coord, openStage, pretend, pretendedToken, root, type Stage } from './stage.js'

/** The shell client sends the variables that a command looks at, and no others: each costs every hook something. */

const variables = suite<{ stage: Stage }>('variables')

variables.before.each((context) => {
  context.stage = openStage()
})
variables.after.each(({ stage }) => stage.remove())

/** Names that are looked up in an environment somewhere in these folders. */
function lookedUpIn(...folders: string[]): string[] {
  const names = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [...readFileSync(join(root, folder, name), 'utf8').matchAll(/\benv\['([A-Z_]+)'\]/g)])
      .map(([, name = '']) => name),
  )
  return [...new Set(names)].sort()
}

/** What the client asks whoever listens at the resident's address. */
async function questionOf(stage: Stage, args: string[], names: readonly string[]): Promise<Frame> {
  const asked: Buffer[] = []
  const server = await pretend(stage, (socket) => {
    socket.on('data', (chunk) => asked.push(chunk))
    setTimeout(() => socket.end('e'), 100)
  })
  const given = Object.fromEntries(
    names.map((name) => [name, { COORD_DIR: stage.directory, HOME: stage.folder }[name] ?? `of ${name}`]),
  )
  const child: ChildProcess = spawn(coord, args, {
    cwd: stage.repo,
    env: { ...stage.env, ...given },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.stdin?.end('{}')
  await once(child, 'close')
  server.close()
  const whole = contentOf(Buffer.concat(asked), 1_000_000)
  if (!(whole instanceof Uint8Array)) throw new Error('no question came')
  const question = parseQuestion(whole.subarray(`64:${pretendedToken},`.length))
  if (question.verb !== 'run') throw new Error(`asked to ${question.verb}`)
  return question.frame
}

variables('of a hook', async ({ stage }) => {
  // Where nobody answered says COORD_RESIDENT; then it is no resident that reads it.
  const wanted = lookedUpIn('packages/agents/src', 'packages/runtime/src').filter((name) => name !== 'COORD_RESIDENT')
  const needed = [...new Set([...wanted, 'COORD_DEBUG'])].sort()
  assert.ok(needed.includes('CLAUDE_PID') && needed.includes('COORD_DIR'), needed.join())
  const { env } = await questionOf(stage, ['hook', 'claude-code'], [...needed, 'TERM', 'CLAUDECODE', 'OTHER'])
  assert.equal(Object.keys(env).sort(), needed)
  assert.is(env['CLAUDE_PID'], 'of CLAUDE_PID')
})

variables('of any other command', async ({ stage }) => {
  const folders = ['packages/cli/src/acting', 'packages/runtime/src']
  const needed = [...lookedUpIn(...folders), 'COORD_INSTANCE_ID', 'CLAUDE_INSTANCE_ID', 'COORD_DEBUG', 'HOME']
  const painted = ['NO_COLOR', 'FORCE_COLOR', 'TERM']
  const given = [...new Set([...needed, ...painted])].sort()
  const { env } = await questionOf(stage, ['lock', 'list'], [...given, 'CLAUDE_PID', 'OTHER'])
  assert.equal(Object.keys(env).sort(), given)
})

variables.run()
