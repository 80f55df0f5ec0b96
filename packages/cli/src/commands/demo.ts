import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shownBlock } from '@coordlog/coordination/shownText'
import { defineCommand } from '../define.js'
import { coordProcess } from '../demo/session.js'
import { buildStage, type Teller, tellStory } from '../demo/story.js'
import { exitCodes } from '../exit/codes.js'
import { note, writeJson, writeLines } from '../output/answer.js'
import { paintFor } from '../output/paint.js'

export const demo = defineCommand({
  summary: 'the main job, played on a scratch repository',
  description:
    'Builds a git repository with a second worktree in a temporary folder, sets coordlog up in it and plays two sessions, a ' +
    'subagent and a crash through the real hook entry. Touches nothing of yours, and leaves the repository for you to look at.',
  args: {},
  flags: {},
  examples: [{ does: 'see what coordlog does, in some seconds', line: 'coord demo' }],
  run: async ({ flags, context }) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-demo-')))
    const coord = coordProcess(join(context.coordlogRoot, 'bin', 'coord'), context.env)
    const paint = paintFor(context, context.stdout)
    const told: { chapter: string; said: string[]; shown: string[] }[] = []
    // With --json the story is one document at the end, so nothing is written on the way.
    const lines = (texts: readonly string[]) => (flags.json ? Promise.resolve() : writeLines(context, texts))
    const teller: Teller = {
      async chapter(title) {
        told.push({ chapter: title, said: [], shown: [] })
        await lines(['', paint('bold', `${told.length}. ${title}`)])
      },
      async say(text) {
        told.at(-1)?.said.push(text)
        await lines([text])
      },
      async show(text) {
        told.at(-1)?.shown.push(text)
        const shown = shownBlock(text.trimEnd()).split('\n')
        await lines(shown.map((line) => `${paint('dim', '  |')} ${line}`))
      },
    }
    await note(context, `Building a scratch repository in ${folder}`)
    const stage = await buildStage(folder, coord)
    await tellStory(stage, coord, teller)
    if (flags.json)
      await writeJson(context, { ok: true, repository: stage.top, worktree: stage.linked, chapters: told })
    else await lines(['', ...whatNext(stage.top)])
    return exitCodes.done
  },
})

function whatNext(top: string): string[] {
  return [
    `The repository is ${top}. Look around:`,
    `  cd ${top}`,
    '  .claude/coordination/bin/coord-status --verbose',
    '  .claude/coordination/bin/coord log',
    '  .claude/coordination/bin/coord doctor',
    'For a repository of your own: coord init /path/to/repo',
  ]
}
