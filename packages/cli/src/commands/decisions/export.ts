import { shown } from '@coordlog/coordination/shownText'
import { isFolderInside } from '@coordlog/runtime/settingKinds'
import { option, string } from '@oclif/core/flags'
import { commitPages, exportPages } from '../../adr/export.js'
import { defineCommand } from '../../define.js'
import { usage } from '../../exit/failure.js'
import { toggle } from '../../flags/kinds.js'
import { tellDamage, withCoordination } from '../../opened.js'
import { answer } from '../../output/answer.js'

export const decisionsExport = defineCommand({
  summary: 'write the decisions as Markdown pages, with a list',
  description:
    'One page for each decision, in a folder of this worktree; files of others there are left alone. With the setting decisions.adr ' +
    'it is done by itself after each decision.',
  args: {},
  flags: {
    format: option({ options: ['adr'] as const })({ summary: 'the form of the pages; default adr' }),
    to: string({ helpValue: 'DIR', summary: 'a folder of the repository; default decisions.folder (docs/decisions)' }),
    commit: toggle('commit them, and nothing else that is staged'),
  },
  examples: [
    { does: 'read them in the repository', line: 'coord decisions export' },
    { does: 'elsewhere', line: 'coord decisions export --to doc/adr' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { flags, context } = call
      const { worktree } = coordination.place
      const folder = flags.to ?? coordination.config.decisions.folder
      if (!isFolderInside(folder))
        throw usage(`--to "${shown(folder.slice(0, 60))}" is no folder of the repository. Example: docs/decisions`)
      const { state, damage } = await coordination.load()
      const { decisions } = state
      const { written } = exportPages(worktree, folder, decisions)
      const commit = flags.commit ? await commitPages(worktree, folder, decisions, context.env) : undefined
      await answer(call, { ok: true, folder, decisions: decisions.length, written, commit: commit ?? null }, () => [
        `${decisions.length} decisions in ${shown(folder)}: ${written.length} files written`,
        ...(flags.commit ? [commit === undefined ? 'Nothing to commit' : `Committed ${commit.slice(0, 12)}`] : []),
      ])
      return tellDamage(call, damage)
    }),
})
