import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { metricsOf, metricsText } from '@coordlog/coordination/metrics'
import { shown } from '@coordlog/coordination/shownText'
import { fromSystem } from '@coordlog/runtime/problems'
import { string } from '@oclif/core/flags'
import { defineCommand } from '../define.js'
import { pastFlags } from '../flags/position.js'
import { momentOf } from '../history/moment.js'
import { tellDamage, withCoordination } from '../opened.js'
import { answer } from '../output/answer.js'

export const metrics = defineCommand({
  summary: 'figures for Prometheus: instances, locks, decisions, events',
  description:
    'In the text exposition format. With --file they go into a file for the textfile collector of node_exporter, written aside and ' +
    'renamed; run it by a timer.',
  args: {},
  flags: {
    file: string({ helpValue: 'FILE', summary: 'write them there; the name should end with .prom' }),
    ...pastFlags,
  },
  examples: [
    { does: 'look', line: 'coord metrics' },
    { does: 'for node_exporter', line: 'coord metrics --file metrics/coordlog.prom' },
  ],
  run: (call) =>
    withCoordination(call, async (coordination) => {
      const { flags, context } = call
      const { state, present, damage } = await momentOf(coordination, flags.at)
      const found = metricsOf(state, present)
      const file = flags.file === undefined ? undefined : resolve(context.cwd, flags.file)
      if (file !== undefined) publish(file, metricsText(found))
      await answer(call, { metrics: found, ...(file !== undefined && { file }) }, () =>
        file === undefined ? metricsText(found).trimEnd().split('\n') : [`Written: ${shown(file)}`],
      )
      return tellDamage(call, damage)
    }),
})

/** The collector reads whole files only; whoever it runs as may read this one. */
function publish(file: string, text: string): void {
  const aside = `${file}.${process.pid}.tmp`
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(aside, text, { mode: 0o644 })
    renameSync(aside, file)
  } catch (error) {
    throw fromSystem(error, 'write', file)
  }
}
