import { opencode as rehearsal } from '../../src/opencode/rehearsal.js'
import { hooksOf } from '../opencodeHooks.js'
import { type Ran, run } from '../session.js'
import type { Play, Stage } from './play.js'

/** Hooks that the plugin passes on, found in one recorded session by what they are about. */
async function play(stage: Stage, name: string, isOne: (hook: string) => boolean, suffix = ''): Promise<Ran> {
  const { repo, clock, clientPid: callerPid } = stage
  const [found] = hooksOf(name, repo).filter((hook) => isOne(JSON.stringify(hook)))
  if (found === undefined) throw new Error(`no such hook in ${name}`)
  const payload = JSON.stringify({ ...found, directory: repo }).replace(/msg_\w+/, (id) => id + suffix)
  return run(payload, { cwd: repo, clock, callerPid }, 'opencode')
}

const recorded = 'permission-rejected'
const of =
  (...words: string[]) =>
  (hook: string) =>
    words.every((word) => hook.includes(word))
const unmade = (stage: Stage) => play(stage, recorded, of('"message.part.updated"', '"error"'))

export const opencode: Play = {
  agent: 'opencode',
  path: 'a.txt',
  begin: async (stage) => {
    await play(stage, recorded, of('"session.created"'))
    await play(stage, recorded, of('"chat.message"'))
  },
  announce: (stage) => play(stage, recorded, of('"tool.execute.before"')),
  refusal: ({ stdout }) => rehearsal.refusalIn(stdout),
  outcome: {
    succeeded: async (stage) => {
      // That session was said no to; what a done write sends is the same call with its arguments beside it.
      const { repo, clock, clientPid: callerPid } = stage
      const [before] = hooksOf(recorded, repo).filter(({ hook }) => hook === 'tool.execute.before')
      const input = { ...before?.input, args: { filePath: `${repo}/a.txt` } }
      const payload = JSON.stringify({ hook: 'tool.execute.after', input, directory: repo })
      await run(payload, { cwd: repo, clock, callerPid }, 'opencode')
    },
    failed: unmade,
    forbidden: unmade,
    interrupted: (stage) => play(stage, recorded, of('"chat.message"'), 'next'),
    killed: (stage) => stage.kill(),
  },
  endTurn: (stage) => play(stage, recorded, of('"session.idle"')),
}
