import { homedir } from 'node:os'
import { defineCommand } from '../define.js'
import type { Check } from '../doctor/check.js'
import { examine } from '../doctor/examine.js'
import { exitCodes } from '../exit/codes.js'
import { answer } from '../output/answer.js'
import { type Paint, paintFor } from '../output/paint.js'
import { placeOf } from '../settings.js'

export const doctor = defineCommand({
  summary: 'check the set-up here and say what to run',
  description: 'Exit code 1: something is broken (fault). A warning is no fault. It changes nothing.',
  args: {},
  flags: {},
  examples: [
    { does: 'when something does not work', line: 'coord doctor' },
    { does: 'only what is wrong', line: 'coord doctor --json | jq \'.checks[] | select(.result != "ok")\'' },
  ],
  run: async (call) => {
    const { context } = call
    const checks = await examine({ place: placeOf(call), context, home: context.env['HOME'] || homedir() })
    const faults = checks.filter(({ result }) => result === 'fault').length
    const warnings = checks.filter(({ result }) => result === 'warn').length
    const paint = paintFor(context, context.stdout)
    await answer(call, { ok: faults === 0, faults, warnings, checks }, () => [
      ...checks.flatMap((check) => checkLines(check, paint)),
      '',
      `Faults: ${faults}, warnings: ${warnings}`,
    ])
    return faults === 0 ? exitCodes.done : exitCodes.no
  },
})

const styles = { ok: 'green', warn: 'yellow', fault: 'red' } as const

function checkLines({ name, result, says, run }: Check, paint: Paint): string[] {
  const [first = '', ...rest] = says.split('\n')
  return [
    `${paint(styles[result], result.padEnd(5))}  ${name.padEnd(11)}  ${first}`,
    ...rest.map((line) => `${' '.repeat(20)}${line}`),
    ...(run === undefined ? [] : [`${' '.repeat(20)}Run: ${run}`]),
  ]
}
