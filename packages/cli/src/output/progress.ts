import type { Context } from '../context.js'

const widthMax = 30

interface Waiting {
  context: Pick<Context, 'stderr' | 'clock'>
  flags: { json: boolean }
}

/** A bar on the terminal of somebody who waits, on standard error; nothing elsewhere. */
export function progressOn({ context, flags }: Waiting, what: string) {
  const { stderr, clock } = context
  const isShown = stderr.isTerminal && !flags.json
  let lastMs = clock.monotonicMs()
  let isDrawn = false
  return {
    onProgress: (done: number, total: number): void => {
      if (!isShown || total === 0 || clock.monotonicMs() - lastMs < 100) return
      lastMs = clock.monotonicMs()
      isDrawn = true
      const share = Math.min(1, done / total)
      const filled = Math.round(share * widthMax)
      const bar = `${'█'.repeat(filled)}${'░'.repeat(widthMax - filled)}`
      void stderr.write(`\r${bar} ${Math.floor(share * 100)} %, ${done} of ${total} ${what}\u001b[K`)
    },
    /** Takes the bar away. */
    done: async (): Promise<void> => {
      if (isDrawn) await stderr.write('\r\u001b[K')
    },
  }
}
