import { type StatusView, statusView } from '@coordlog/coordination/views'
import type { Coordination } from '@coordlog/runtime/coordination'
import type { Call, GlobalValues } from '../define.js'
import { type ExitCode, exitCodes } from '../exit/codes.js'
import { changeAfter } from '../history/change.js'
import { momentOf } from '../history/moment.js'
import { writeJsonLine, writeLines } from '../output/answer.js'
import { statusLines } from './status.js'

/** Processes die and leases expire without an event, so the state is looked at this often even when nothing is recorded. */
const lookAgainMs = 1_000

export const alternateScreen = {
  enter: '\u001b[?1049h\u001b[?25l',
  leave: '\u001b[?25h\u001b[?1049l',
  home: '\u001b[H',
  rest: '\u001b[J',
}

/** Until the signal fires. On a terminal one screen that is drawn again; elsewhere the whole text after each change. */
export async function watchStatus(
  call: Call<GlobalValues>,
  coordination: Coordination,
  verbose: boolean,
): Promise<ExitCode> {
  const { context, flags } = call
  const isScreen = context.stdout.isTerminal && !flags.json
  if (isScreen) await context.stdout.write(alternateScreen.enter)
  try {
    let before = ''
    while (!context.signal.aborted) {
      const { state, present, sequence } = await momentOf(coordination, undefined)
      const view = statusView(state, present)
      const now = JSON.stringify(view)
      const lines = () => statusLines(view, present, verbose)
      if (isScreen) await context.stdout.write(screen(lines()))
      else if (now !== before) await show(call, view, before === '' ? lines() : ['', ...lines()])
      before = now
      await changeAfter(coordination.log, sequence, lookAgainMs, context.signal)
    }
  } finally {
    if (isScreen) await context.stdout.write(alternateScreen.leave)
  }
  return exitCodes.done
}

async function show({ context, flags }: Call<GlobalValues>, view: StatusView, lines: readonly string[]): Promise<void> {
  if (flags.json) await writeJsonLine(context, view)
  else await writeLines(context, lines)
}

/** Each line ends with "erase to its end", so that nothing flickers and nothing of the last screen stays. */
export function screen(lines: readonly string[]): string {
  return `${alternateScreen.home}${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\r\n${alternateScreen.rest}`
}
