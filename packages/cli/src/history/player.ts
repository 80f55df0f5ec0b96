import { setTimeout as sleep } from 'node:timers/promises'
import { shownJson } from '@coordlog/coordination/shownText'
import type { State } from '@coordlog/coordination/state'
import { type Present, statusView } from '@coordlog/coordination/views'
import type { LogRecord } from '@coordlog/log/contract'
import { type Coordination, fold } from '@coordlog/runtime/coordination'
import type { Call, GlobalValues } from '../define.js'
import { paintFor } from '../output/paint.js'
import { eventLine } from '../views/event.js'
import { statusLines } from '../views/status.js'
import { alternateScreen, screen } from '../views/watch.js'
import { type Stretch, stretchStart } from './stretch.js'

export interface Playing extends Stretch {
  /** 2 is twice as fast as it happened; infinite: without a pause. */
  speed: number
  /** No pause is longer, however long nothing happened. */
  pauseMsMax: number
  /** The next event comes when somebody presses Enter. */
  isByStep: boolean
}

interface Stage {
  show(record: LogRecord, state: State, present: Present): Promise<void>
  end(): Promise<void>
}

/** Plays a stretch of history. Ends with it, when the signal fires, or when nobody presses Enter any more. */
export async function play(call: Call<GlobalValues>, coordination: Coordination, playing: Playing): Promise<void> {
  const { signal, stdin } = call.context
  const { before, first, isBeyond } = await stretchStart(coordination, playing)
  const staleMs = coordination.config.instance.staleMs
  const stage = stageFor(call)
  const presses = playing.isByStep ? pressesOf(stdin) : undefined
  let state = before
  let previous: LogRecord | undefined
  try {
    for await (const record of coordination.log.read(first)) {
      if (signal.aborted || isBeyond(record)) break
      await sleep(pauseMs(previous, record, playing), undefined, { signal })
      state = fold.evolve(state, record)
      await stage.show(record, state, { at: record.ts, liveness: {}, staleMs })
      previous = record
      if (presses !== undefined && (await presses.next()).done) break
    }
  } finally {
    await stage.end()
  }
}

function pauseMs(previous: LogRecord | undefined, record: LogRecord, { speed, pauseMsMax, isByStep }: Playing): number {
  if (previous === undefined || isByStep) return 0
  const gapMs = Math.max(0, Date.parse(record.ts) - Date.parse(previous.ts))
  return Math.min(gapMs / speed, pauseMsMax)
}

/** One for each line of input; ends with the input, or with a line that begins with q. */
async function* pressesOf(stdin: AsyncIterable<Uint8Array>): AsyncGenerator<true> {
  let rest = ''
  for await (const chunk of stdin) {
    const lines = (rest + Buffer.from(chunk).toString('utf8')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.trim().toLowerCase().startsWith('q')) return
      yield true
    }
  }
}

const eventsShown = 8

function stageFor({ context, flags }: Call<GlobalValues>): Stage {
  const { stdout } = context
  const paint = paintFor(context, stdout)
  const nothing = async () => undefined
  if (flags.json) {
    return {
      show: (record, state, present) => stdout.write(`${shownJson(stateDocument(record, state, present))}\n`),
      end: nothing,
    }
  }
  if (!stdout.isTerminal) return { show: (record) => stdout.write(`${eventLine(record, { paint })}\n`), end: nothing }
  const last: string[] = []
  let lines: string[] = []
  return {
    show: async (record, state, present) => {
      if (lines.length === 0) await stdout.write(alternateScreen.enter)
      last.push(eventLine(record, { paint }))
      lines = [...statusLines(statusView(state, present), present, false), '', ...last.slice(-eventsShown)]
      await stdout.write(screen(lines))
    },
    end: async () => {
      if (lines.length > 0) await stdout.write(`${alternateScreen.leave}${lines.join('\n')}\n`)
    },
  }
}

/** What coord status --json says, with the event that led there. */
function stateDocument({ seq, ts, type, by }: LogRecord, state: State, present: Present): object {
  return { event: { sequence: seq, at: ts, type, by }, ...statusView(state, present) }
}
