/**
 * For a test that cannot run here: says so aloud, and the runner counts it as skipped. Return from the test after it.
 * Packages, which cannot import from here, print the same line.
 */
export function skip(name: string, reason: string): void {
  process.stdout.write(`\nSKIP ${name}: ${reason}\n`)
}
