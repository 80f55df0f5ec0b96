/** What one test file came to, read from what its process printed. Pure: the runner that starts processes is runner.ts. */

export interface Ended {
  /** Exit code; undefined when a signal ended it. */
  readonly code: number | undefined
  readonly timedOut: boolean
  readonly output: string
}

export interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Why the file counts as failed, one line each; empty when it does not. */
  readonly faults: readonly string[]
  readonly skipLines: readonly string[]
}

export interface Settings {
  readonly timeoutMs: number
  /** Run after the others, with nothing beside it. */
  readonly alone: boolean
}

const timeoutMsDefault = 120_000
/** Settings are comments in the first lines: `// timeout: 300s` and `// alone`. */
const settingsLines = 5

/** Not only at the start of a line: uvu leaves its row of dots open while a test runs. */
const skipLine = /(?:^|[ \t])SKIP \S[^\n]*?: [^\n]+$/gm

export function settingsOf(source: string): Settings {
  const head = source.split('\n', settingsLines)
  const seconds = head.map((line) => /^\/\/ timeout: (\d+)s$/.exec(line)?.[1]).find((found) => found !== undefined)
  return {
    timeoutMs: seconds === undefined ? timeoutMsDefault : Number(seconds) * 1000,
    alone: head.includes('// alone'),
  }
}

/** The last count of that name: a test may print the summary of a uvu process of its own before. */
function countOf(name: string, output: string): number | undefined {
  const found = [...output.matchAll(new RegExp(`^ {2}${name}: +(\\d+)$`, 'gm'))].at(-1)
  return found?.[1] === undefined ? undefined : Number(found[1])
}

function endFaults(ended: Ended, failed: number): string[] {
  if (ended.timedOut) return ['timed out']
  if (ended.code === undefined) return ['ended by a signal']
  if (ended.code !== 0 && failed === 0) return [`exit code ${ended.code} though no test failed`]
  if (ended.code === 0 && failed > 0) return ['exit code 0 though a test failed']
  return []
}

/**
 * A test that cannot run prints `SKIP <name>: <reason>` and returns, or is registered with test.skip beside such a line.
 * It counts as skipped and not as passed; a skip without its line is a fault.
 */
export function outcomeOf(ended: Ended): Outcome {
  const skipLines = [...ended.output.matchAll(skipLine)].map(([line]) => line.trim())
  const total = countOf('Total', ended.output)
  const done = countOf('Passed', ended.output)
  if (total === undefined || done === undefined) {
    const end = ended.timedOut ? 'timed out' : `no summary of uvu (exit code ${ended.code ?? 'none'})`
    return { passed: 0, failed: 1, skipped: skipLines.length, faults: [end], skipLines }
  }
  const skippedByUvu = countOf('Skipped', ended.output) ?? 0
  const failedTests = total - done
  const faults = endFaults(ended, failedTests)
  if (total + skippedByUvu === 0) faults.push('registers no test (is .run() forgotten?)')
  if (skippedByUvu > skipLines.length)
    faults.push(`${skippedByUvu} skipped, but ${skipLines.length} SKIP lines with a reason`)
  const returnedEarly = Math.max(0, skipLines.length - skippedByUvu)
  return {
    passed: Math.max(0, done - returnedEarly),
    failed: failedTests > 0 ? failedTests : Math.min(1, faults.length),
    skipped: skipLines.length,
    faults,
    skipLines,
  }
}
