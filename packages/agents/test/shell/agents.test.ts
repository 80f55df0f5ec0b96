import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leases, removeScratch, run, types } from '../session.js'
import { edits, put, type Stage, stage } from './shellSession.js'

/** The shell tool of every agent: refused in its own protocol, leased and given back, by payloads of the form that it sends. */
const test = suite('shells of all agents')
test.after(removeScratch)

interface Agent {
  before(command: string): object
  after(command: string, failed: boolean): object
}

const at = '2026-01-08T12:00:01.000Z'
const claudeLike = (event: string, tool: string, command: string, more: object) => ({
  session_id: 's-1',
  transcript_path: '/t',
  hook_event_name: event,
  tool_name: tool,
  tool_input: { command, description: 'x' },
  ...more,
})
const codex = { turn_id: 't1', model: 'm', permission_mode: 'x', tool_use_id: 'call_1' }
const qwen = { timestamp: at, prompt_id: 'p1', tool_use_id: 'toolu_1', tool_call_id: 'call_1' }
const camel = (command: string, more: object) => ({
  sessionId: 's-1',
  timestamp: 1795384418096,
  toolName: 'bash',
  toolArgs: { command },
  ...more,
})
const opencodeInput = { tool: 'bash', sessionID: 'ses_1', callID: 'call_1' }

const agents: Record<string, Agent> = {
  codex: {
    before: (command) => claudeLike('PreToolUse', 'Bash', command, codex),
    after: (command) => claudeLike('PostToolUse', 'Bash', command, { ...codex, tool_response: 'text\n' }),
  },
  gemini: {
    before: (command) => claudeLike('BeforeTool', 'run_shell_command', command, { timestamp: at }),
    after: (command, failed) =>
      claudeLike('AfterTool', 'run_shell_command', command, {
        timestamp: at,
        tool_response: {
          llmContent: `Output: x${failed ? '\nExit Code: 3' : ''}\nProcess Group PGID: 1\n`,
          returnDisplay: '',
        },
      }),
  },
  qwen: {
    before: (command) => claudeLike('PreToolUse', 'run_shell_command', command, qwen),
    after: (command, failed) =>
      claudeLike(failed ? 'PostToolUseFailure' : 'PostToolUse', 'run_shell_command', command, {
        ...qwen,
        error: 'x',
        tool_response: {},
      }),
  },
  copilot: {
    before: (command) => claudeLike('PreToolUse', 'Bash', command, { timestamp: at, transcript_path: undefined }),
    after: (command, failed) =>
      claudeLike('PostToolUse', 'Bash', command, {
        timestamp: at,
        transcript_path: undefined,
        tool_result: {
          result_type: 'success',
          text_result_for_llm: `<shellId: 0 completed with exit code ${failed ? 1 : 0}>`,
        },
      }),
  },
  'copilot, camel': {
    before: (command) => camel(command, {}),
    after: (command, failed) =>
      camel(command, {
        toolResult: {
          resultType: 'success',
          textResultForLlm: `<shellId: 0 completed with exit code ${failed ? 1 : 0}>`,
        },
      }),
  },
  opencode: {
    before: (command) => ({ hook: 'tool.execute.before', input: opencodeInput, output: { args: { command } } }),
    after: (command) => ({ hook: 'tool.execute.after', input: { ...opencodeInput, args: { command } } }),
  },
}

async function send(name: string, { repo, clock }: Stage, payload: object) {
  const place = name === 'opencode' ? { directory: repo } : { cwd: repo }
  const ran = await run(
    JSON.stringify({ ...payload, ...place }),
    { cwd: repo, clock, callerPid: process.pid },
    name.split(',')[0],
  )
  assert.equal([ran.code, ran.stderr], [0, ''], name)
  clock.advance(1_000)
  return ran.stdout
}

for (const [name, agent] of Object.entries(agents)) {
  test(`${name}: a held file is refused with the holder's name, a free one leased until it turns out unwritten`, async () => {
    const scene = stage()
    await edits(scene.alice, 'a.ts', 'mine\n')
    const holder = (await leases(scene.repo))['a.ts'] ?? ''
    const refusal = await send(name, scene, agent.before('cat > a.ts <<EOF\nx\nEOF'))
    assert.match(refusal, `File a.ts is locked by instance ${holder}`)
    assert.match(refusal, 'The command was not run.')
    assert.is(await send(name, scene, agent.before('echo x > b.ts && false')), '')
    assert.equal(Object.keys(await leases(scene.repo)).sort(), ['a.ts', 'b.ts'])
    await send(name, scene, agent.after('echo x > b.ts && false', true))
    assert.equal(Object.keys(await leases(scene.repo)), ['a.ts'])
  })

  test(`${name}: what it wrote is its edit; what it did behind a lease is told of`, async () => {
    const scene = stage()
    await edits(scene.alice, 'a.ts', 'mine\n')
    await send(name, scene, agent.before('echo x > b.ts; ./fix.sh'))
    put(scene.repo, 'b.ts', 'x\n')
    put(scene.repo, 'a.ts', 'fixed\n')
    await send(name, scene, agent.after('echo x > b.ts; ./fix.sh', false))
    assert.equal(Object.keys(await leases(scene.repo)).sort(), ['a.ts', 'b.ts'])
    const seen = await types(scene.repo)
    assert.ok(seen.includes('bypass.detected'), seen.join())
    assert.is(seen.filter((type) => type === 'file.edited').length, 2)
  })
}

test.run()
