import type { Clock } from '@coordlog/runtime/clock'
import type { Output } from '../context.js'

/**
 * Many lines, few writes: the first one goes out at once, then what has gathered as soon as it fills a buffer or has waited
 * for a moment. A write for each line would cost more than reading it.
 */
export interface LineWriter {
  write(line: string): Promise<void>
  /** To be called when there is nothing to write: what has waited long enough goes out. */
  breathe(): Promise<void>
  flush(): Promise<void>
}

const charactersMax = 32_768
const waitMsMax = 50

export function lineWriter(output: Output, clock: Clock): LineWriter {
  let waiting = ''
  let since = Number.NEGATIVE_INFINITY
  const flush = async () => {
    const text = waiting
    waiting = ''
    since = clock.monotonicMs()
    if (text !== '') await output.write(text)
  }
  const breathe = async () => {
    if (waiting !== '' && clock.monotonicMs() - since >= waitMsMax) await flush()
  }
  return {
    write: async (line) => {
      waiting += `${line}\n`
      if (waiting.length >= charactersMax) await flush()
      else await breathe()
    },
    breathe,
    flush,
  }
}
