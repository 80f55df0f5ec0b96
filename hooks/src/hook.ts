/**
 * coord hook AGENT: one hook event on standard input, the answer in that agent's own protocol on standard output. The exit code is 0,
 * always: a hook that cannot be run must not stop an edit.
 */
import './lastResort.js'
import { fileURLToPath } from 'node:url'
import { runHook } from '@coordlog/agents/runHook'
import { installationAbove, startDetachedResident } from '@coordlog/runtime/installation'
import { isReading, standardInput, write } from './standardStreams.js'

/** So long after the answer nobody waits for the end of an input any more. */
const lingerMs = 50

async function main(agentName: string): Promise<void> {
  process.exitCode = await runHook(agentName, {
    stdin: standardInput(),
    env: process.env,
    cwd: process.cwd(),
    callerPid: process.ppid,
    stdout: { write: (text) => write(1, text) },
    stderr: { write: (text) => write(2, text) },
    startResident: ({ directory, worktree }) =>
      startDetachedResident(installationAbove(fileURLToPath(import.meta.url)), directory, worktree, process.env),
  })
  // What is open or in memory ends with the process; to put it in order first takes 1 to 2 ms.
  if (isReading()) setTimeout(leave, lingerMs).unref()
  else process.exit()
}

/** An ordinary exit would wait for a read of an input that nobody ends. */
function leave(): void {
  if (isReading()) process.kill(process.pid, 'SIGKILL')
  process.exit()
}

void main(process.argv[2] ?? '')
