import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { runHook } from '@coordlog/agents/runHook'
import { openFileLog } from '@coordlog/log/fileLog'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** A snapshot is due: the agent has its answer before anything is done about that. */
const answerFirst = suite<{ repo: string }>('the answer first')
answerFirst.before.each((context) => {
  context.repo = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-answer-')))
  mkdirSync(join(context.repo, '.git'))
  writeFileSync(join(context.repo, '.git', 'HEAD'), 'ref: refs/heads/main\n')
})
answerFirst.after.each(({ repo }) => rmSync(repo, { recursive: true }))

async function edit(repo: string, session: string, onAnswer: (text: string) => void): Promise<number> {
  const payload = {
    session_id: session,
    transcript_path: '/dev/null',
    cwd: repo,
    hook_event_name: 'PreToolUse',
    tool_name: 'Write',
    tool_use_id: `toolu_${session}`,
    tool_input: { file_path: 'a.ts', content: 'x' },
  }
  return runHook('claude-code', {
    stdin: Readable.from([Buffer.from(JSON.stringify(payload))]),
    env: {},
    callerPid: 0,
    cwd: repo,
    stdout: { write: onAnswer },
    stderr: { write: (text) => assert.unreachable(text) },
  })
}

answerFirst('a hook takes a snapshot that is due after its refusal is out, and not before', async ({ repo }) => {
  const directory = join(repo, '.git', 'coordlog')
  assert.is(await edit(repo, 'one', assert.unreachable), 0)
  const log = await openFileLog(directory)
  for (let n = 0; n < 100; n += 1) {
    const ts = new Date().toISOString()
    await log.append({ ts, type: 'instance.heartbeat', by: 'somebody', data: {}, durable: false }, 'any')
  }
  log.close()
  const snapshots = join(directory, 'snapshots')
  const answers: [string, boolean][] = []
  assert.is(await edit(repo, 'two', (text) => answers.push([text, existsSync(snapshots)])), 0)
  assert.is(answers.length, 1)
  assert.match(answers[0]?.[0] ?? '', '"deny"')
  assert.equal([answers[0]?.[1], existsSync(snapshots)], [false, true])
})

answerFirst.run()
