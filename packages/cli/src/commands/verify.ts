import { resolve } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { repairLog } from '@coordlog/log/repair'
import { salvageLog } from '@coordlog/log/salvage'
import { keepHeapSmall } from '@coordlog/log/smallHeap'
import { verifyLog } from '@coordlog/log/verify'
import { fold } from '@coordlog/runtime/coordination'
import { string } from '@oclif/core/flags'
import { againstAttestation, writeAttestation } from '../attestation.js'
import type { Call, GlobalValues } from '../define.js'
import { defineCommand } from '../define.js'
import { type ExitCode, exitCodes } from '../exit/codes.js'
import { usage } from '../exit/failure.js'
import { toggle } from '../flags/kinds.js'
import { answer } from '../output/answer.js'
import { progressOn } from '../output/progress.js'
import { placeOf } from '../settings.js'
import { verdictLines } from '../views/verdict.js'

export const verify = defineCommand({
  summary: 'check every byte of the log and every snapshot; mend what can be mended',
  description:
    'Format, checksums, the chain over all records, sequences, each snapshot against a fold of everything before it, and the SHA-256 ' +
    'sums of closed segments. Without --repair and --salvage it takes no lock and changes nothing. Exit code 1: damage was found. The checksums show ' +
    'accidents, not malice; --attest writes SHA-256 sums to keep elsewhere, and --against checks the log against them.',
  args: {},
  flags: {
    attest: string({ helpValue: 'FILE', summary: 'write what the log is now into a new file, to be kept elsewhere' }),
    against: string({
      helpValue: 'FILE|HEAD',
      summary: 'check that the log still begins with what was attested, or sealed up to that head',
    }),
    repair: toggle('mend a torn end, the head note, snapshots and left-overs; loses nothing'),
    salvage: string({ helpValue: 'DIR', summary: 'copy what verifies of a damaged log into a new directory' }),
  },
  examples: [
    { does: 'after a crash, or before a backup', line: 'coord verify' },
    { does: 'in a script', line: 'coord verify --json | jq .ok' },
    { does: 'keep the proof of today', line: 'coord verify --attest "$HOME/coordlog-$(date +%s%N).json"' },
  ],
  run: async (call) => {
    const { attest, against, repair, salvage } = call.flags
    const given = [attest !== undefined, against !== undefined, repair, salvage !== undefined].filter(Boolean).length
    if (given > 1) throw usage('--attest, --against, --repair and --salvage do different things; give one of them.')
    const { directory } = placeOf(call)
    if (attest !== undefined) return writeAttestation(call, directory, attest)
    if (against !== undefined) return againstAttestation(call, directory, against)
    if (repair) return repaired(call, directory)
    if (salvage !== undefined) return salvaged(call, directory, salvage)
    keepHeapSmall()
    const { onProgress, done } = progressOn(call, 'verified')
    const report = await verifyLog(directory, fold, { onProgress })
    await done()
    const { ok, ...rest } = report
    await answer(call, { ok, ...rest }, () => verdictLines(report))
    return ok ? exitCodes.done : exitCodes.no
  },
})

async function repaired(call: Call<GlobalValues>, directory: string): Promise<ExitCode> {
  const { done, damage, sequence } = await repairLog(directory, fold, { time: call.context.clock.now() })
  const ok = damage === undefined
  await answer(call, { ok, done, sequence, ...(damage && { damage }) }, () =>
    damage === undefined
      ? [done.length === 0 ? 'Nothing had to be mended.' : 'Mended:', ...done.map((line) => `  - ${shown(line)}`)]
      : [
          `This is damage that a repair must not touch: ${shown(damage.reason)} (byte ${damage.offset} of ${shown(damage.file)}).`,
          'Run: coord verify --salvage DIR',
        ],
  )
  return ok ? exitCodes.done : exitCodes.no
}

async function salvaged(call: Call<GlobalValues>, directory: string, into: string): Promise<ExitCode> {
  const target = resolve(call.context.cwd, into)
  const report = await salvageLog(directory, target, { time: call.context.clock.now() })
  const { saved, lost, rubble } = report
  await answer(call, { ok: true, ...report }, () => [
    `Saved ${saved} events into ${shown(target)}; the damaged log is as it was.`,
    ...lost.map(({ firstSequence, lastSequence }) => `  Lost: events ${firstSequence} to ${lastSequence}`),
    ...rubble.map(({ bytes, keptAs }) => `  Kept: ${bytes} bytes that are no event, as ${shown(keptAs)}`),
    'Look at it with --dir DIR; put it in the place of the other when nobody is working.',
  ])
  return exitCodes.done
}
