import { type ChildProcess, spawn } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { programAbove } from '../src/ancestry.js'

const test = suite('the program above a hook')

/** A client that starts its hook by `command`; the innermost process prints its own number and stays. */
async function withClient(command: string[], use: (client: ChildProcess, hookPid: number) => void): Promise<void> {
  const script = `const [file, ...args] = ${JSON.stringify(command)}
require('node:child_process').spawn(file, args, { stdio: ['pipe', 'inherit', 'ignore'] })
process.stdin.resume()`
  const client = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'ignore'] })
  try {
    use(client, Number(await firstLine(client)))
  } finally {
    // The end of its input ends the hook's, and with it every shell above.
    client.kill('SIGKILL')
  }
}

function firstLine(client: ChildProcess): Promise<string> {
  return new Promise((resolve) => client.stdout?.once('data', (bytes) => resolve(String(bytes).trim())))
}

// A shell that runs one more command after it stays above it, where one that runs nothing else gives way to it.
const stay = 'echo $$; read -r never; :'
const commands: [string, string[]][] = [
  ['a shell', ['sh', '-c', stay]],
  ['a login shell', ['bash', '-lc', stay]],
  ['shells inside each other', ['bash', '-c', `sh -c '${stay}'; :`]],
]
for (const [name, command] of commands) {
  test(`it is found above ${name}`, () =>
    withClient(command, (client, hookPid) => {
      assert.ok(hookPid > 0 && hookPid !== client.pid, String(hookPid))
      assert.is(programAbove(hookPid), client.pid)
    }))
}

test('without a shell in between it is who called', () => {
  assert.is(programAbove(process.pid), process.pid)
})

test('a number that nobody has, and none', () => {
  for (const pid of [0, -1, 2 ** 31 - 2]) assert.is(programAbove(pid), undefined)
})

test.run()
