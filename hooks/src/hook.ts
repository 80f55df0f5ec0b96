/**
 * coord hook AGENT: one hook event on standard input, the answer in that agent's own protocol on standard output. Exit code 0, always:
 * a hook that cannot be run must not stop an edit. Nothing is loaded before the first line runs, so that even a
 * missing binding ends in a sentence.
 */

/** What still holds the process open this long after the answer is nothing that anybody waits for. */
const lingerMs = 100

async function main(agentName: string): Promise<void> {
  const { runHook } = await import('@coordlog/agents/runHook')
  process.exitCode = await runHook(agentName, {
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
  })
}

function failOpen(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`coordlog: not coordinated: ${message.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 500)}\n`)
  process.exitCode = 0
}

process.on('uncaughtException', failOpen)
main(process.argv[2] ?? '')
  .catch(failOpen)
  .finally(() => {
    process.stdin.destroy()
    setTimeout(() => process.exit(), lingerMs).unref()
  })
