import { resolve } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import type { Coordination } from '@coordlog/runtime/coordination'
import { string } from '@oclif/core/args'
import { type Call, defineCommand, type GlobalValues } from '../define.js'
import { type ExitCode, exitCodes } from '../exit/codes.js'
import { type Brought, bringIn } from '../import/bringIn.js'
import { earlierFiles } from '../import/layout.js'
import { readEarlier } from '../import/read.js'
import { withCoordination } from '../opened.js'
import { answer } from '../output/answer.js'
import { progressOn } from '../output/progress.js'
import { importHistory, isHistory } from '../transfer/import.js'

export const importEarlier = defineCommand({
  summary: 'take over what an earlier coordination system left, or an exported history',
  description:
    'Reads work-registry.json, decision-log.json and its archives, locks/ and heartbeats/, also damaged ones, and changes none of ' +
    'them. Decisions become decisions, with their time and author as they were; locks and instances become history: nobody holds ' +
    'or is anything by it. Run again, it adds only what is new. A history of coord export goes into an empty log (--dir), each event ' +
    'with the sequence it had.',
  args: {
    path: string({
      required: true,
      ignoreStdin: true,
      description: 'a repository, its coordination folder, one of the files, or a history',
    }),
  },
  flags: {},
  examples: [
    { does: 'from the folder in which the earlier system kept its files', line: 'coord import .claude/coordination' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { args, context } = call
      const path = resolve(context.cwd, args.path)
      if (isHistory(path)) return historyImported(call, coordination, path)
      const files = earlierFiles(path)
      const { items, oddities } = readEarlier(files)
      const brought = await bringIn(coordination, items)
      const document = { ok: true, ...brought, files: files.map(({ source }) => source), oddities }
      await answer(call, document, () => lines(brought, files.length, oddities))
      return exitCodes.done
    }),
})

async function historyImported(call: Call<GlobalValues>, coordination: Coordination, path: string): Promise<ExitCode> {
  const { onProgress, done } = progressOn(call, 'bytes')
  const imported = await importHistory(coordination, path, call.context.signal, onProgress)
  await done()
  const { recorded, known, sequence } = imported
  await answer(call, { ok: true, ...imported }, () => [
    `Imported ${recorded} events${known > 0 ? `, ${known} were there already` : ''}; the last one is ${sequence}.`,
  ])
  return exitCodes.done
}

function lines({ decisions, kept, renamed }: Brought, files: number, oddities: readonly string[]): string[] {
  const count = (what: { recorded: number; known: number }) =>
    `${what.recorded} new${what.known > 0 ? `, ${what.known} there already` : ''}`
  return [
    `Files read: ${files}`,
    `Decisions: ${count(decisions)}`,
    `Kept as history: ${count(kept)}`,
    ...renamed.map(({ from, to }) => `  ${shown(from)} is ${shown(to)} here: its own id was taken or is none`),
    ...(oddities.length > 0 ? [`Odd: ${oddities.length}`, ...oddities.map((line) => `  - ${shown(line)}`)] : []),
  ]
}
