import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Place } from '@coordlog/runtime/place'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { form } from '../src/install/claudeCode/installer.js'
import { hookEntries, isOurs, pathOf, programOf } from '../src/install/claudeCode/wiring.js'
import { JsonProblem } from '../src/install/jsonTree.js'
import { type HookEntry, oursIn, withHooks as put, withoutHooks as take } from '../src/install/settings.js'

const test = suite('hook entries in the text of a settings file')

const target: Place = {
  kind: 'git',
  worktree: '/home/ann/app',
  mainCheckout: '/home/ann/app',
  commonDir: '/home/ann/app/.git',
  branch: 'main',
  directory: '/home/ann/app/.git/coordlog',
}
const request = { target, scope: 'project', home: '/home/ann', coordlogRoot: '/opt/coordlog' } as const
const entries = hookEntries(request)
const withHooks = (text: string, wanted: readonly HookEntry[]) => put(text, wanted, form)
const withoutHooks = (text: string) => take(text, form)
const countOurs = (text: string) => oursIn(text, form).length
const few: HookEntry[] = entries.filter(({ event }) => event === 'PreToolUse' || event === 'Stop')

const ours =
  '{"type":"command","command":"${CLAUDE_PROJECT_DIR}/.claude/coordination/bin/coord","args":["hook","claude-code"],"timeout":10}'

/** Other people's settings, each with something in it that a careless writer loses. */
const texts: Record<string, string> = {
  'two spaces': '{\n  "model": "opus",\n  "permissions": {\n    "allow": ["Bash(ls:*)"]\n  }\n}\n',
  tabs: '{\n\t"model": "opus",\n\t"hooks": {\n\t\t"Stop": [\n\t\t\t{\n\t\t\t\t"hooks": []\n\t\t\t}\n\t\t]\n\t}\n}\n',
  'CRLF and no final newline': '{\r\n    "model": "opus",\r\n    "env": {"A": "1"}\r\n}',
  'one line':
    '{"model":"opus","hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","command":"check"}]}]}}',
  'odd spacing and escapes':
    '\n\n{ "a" : 1.50 ,\n   "\\u0068ooks" : { "Stop" : [ {"hooks": [ ] } ] }\n  , "z": "\\u00e9\\ud83d\\ude00" }  \n\n',
  'others on our events': `{
  "hooks": {
    "PreToolUse": [
      { "matcher": "Bash", "hooks": [{ "type": "command", "command": "/usr/local/bin/coord-check", "timeout": 5 }] },
      {
        "hooks": [
          { "type": "http", "url": "http://127.0.0.1:1/x" }
        ]
      }
    ],
    "Notification": [{ "hooks": [{ "type": "command", "command": "notify-send hi" }] }]
  },
  "statusLine": { "type": "command", "command": "~/line.sh" }
}
`,
  'keys like __proto__': '{\n  "__proto__": {"hooks": 1},\n  "constructor": null\n}\n',
  'wrong types where we have no business':
    '{\n  "hooks": {\n    "Notification": {"x": []},\n    "PreCompact": null\n  }\n}\n',
}

function plain(text: string): { [key: string]: unknown; hooks?: Record<string, unknown[]> } {
  return JSON.parse(text)
}

for (const [name, text] of Object.entries(texts)) {
  test(`${name}: everything goes in, and out again to the byte`, () => {
    const after = withHooks(text, entries)
    assert.is(countOurs(after), entries.length)
    for (const { event, group } of entries) assert.equal(plain(after).hooks?.[event]?.at(-1), group, event)
    assert.is(withHooks(after, entries), after, 'a second time changes nothing')
    assert.is(withoutHooks(after), text)
  })

  test(`${name}: what others wrote is kept as it was`, () => {
    const before = plain(text)
    const after = plain(withHooks(text, few))
    for (const [key, value] of Object.entries(before)) if (key !== 'hooks') assert.equal(after[key], value)
    for (const [event, groups] of Object.entries(before.hooks ?? {})) {
      const kept = after.hooks?.[event]
      assert.equal(Array.isArray(groups) ? kept?.slice(0, groups.length) : kept, groups, event)
    }
  })
}

test('an absent, an empty and a blank file become one with our entries alone', () => {
  for (const text of ['', '\n', ' \n\t']) {
    const after = withHooks(text, few)
    assert.is(after.split('\n')[1], '  "hooks": {')
    assert.is(withoutHooks(after), '{}\n')
  }
})

test('the style around them is taken on', () => {
  const tabbed = withHooks(texts['tabs'] ?? '', few)
  assert.match(tabbed, /\n\t\t"PreToolUse": \[\n\t\t\t\{\n\t\t\t\t"matcher"/)
  const crlf = withHooks(texts['CRLF and no final newline'] ?? '', few)
  assert.not.match(crlf, /[^\r]\n/)
  assert.ok(crlf.endsWith('}\r\n    }\r\n}') || /\}\r\n}$/.test(crlf))
  assert.not.match(withHooks(texts['one line'] ?? '', few), /\n/)
})

test('an entry of ours that differs is replaced where it stands', () => {
  const text = withHooks('{\n  "x": 1\n}\n', few)
  const older = text.replace('"timeout": 10', '"timeout": 600').replace('"Stop"', '"PreCompact"')
  const after = withHooks(older, few)
  assert.equal(plain(after), plain(text))
  assert.ok(after.indexOf('"PreToolUse"') < after.indexOf('"Stop"'))
})

test('ours twice becomes ours once, and a neighbour in the same group stays', () => {
  const twice = `{"hooks":{"PreToolUse":[{"matcher":"Write","hooks":[{"type":"command","command":"theirs"},${ours}]},{"hooks":[${ours}]},{"hooks":[${ours}]}]}}`
  const after = plain(withHooks(twice, few))
  assert.is(countOurs(JSON.stringify(after)), few.length)
  assert.equal(after.hooks?.['PreToolUse']?.[0], { matcher: 'Write', hooks: [{ type: 'command', command: 'theirs' }] })
  assert.is(
    withoutHooks(twice),
    '{"hooks":{"PreToolUse":[{"matcher":"Write","hooks":[{"type":"command","command":"theirs"}]}]}}',
  )
})

/** Exit codes of a command of ours, by shell: without its program, and with one that fails and notes its arguments. */
function endings(handler: object, worktree: string): { without: unknown[]; failing: unknown[]; told: string } {
  const command = 'command' in handler ? String(handler.command) : ''
  const run = (file: string) =>
    spawnSync(file, ['-c', command], { env: { PATH: process.env['PATH'], CLAUDE_PROJECT_DIR: worktree } }).status
  const without = ['sh', 'bash'].map(run)
  const program = pathOf(programOf(handler) ?? '', worktree)
  mkdirSync(dirname(program), { recursive: true })
  writeFileSync(program, '#!/bin/sh\necho "$*" >"$0.seen"\nexit 1\n', { mode: 0o755 })
  const failing = ['sh', 'bash'].map(run)
  rmSync(program)
  return { without, failing, told: readFileSync(`${program}.seen`, 'utf8') }
}

for (const scope of ['project', 'local'] as const) {
  test(`${scope}: a hook lets its client go on whatever happens, in a folder with any name, in any shell`, () => {
    const worktree = mkdtempSync(join(tmpdir(), "it's a $HOME `x` "))
    try {
      for (const { event, group } of hookEntries({ ...request, scope, target: { ...target, worktree } })) {
        const [handler = {}] = group.hooks
        assert.ok(isOurs(handler), JSON.stringify(handler))
        const told = event === 'SessionStart' ? 'claude-code\n' : 'hook claude-code\n'
        assert.equal(endings(handler, worktree), { without: [0, 0], failing: [0, 0], told }, event)
      }
    } finally {
      rmSync(worktree, { recursive: true })
    }
  })
}

test('what only looks like ours is not touched', () => {
  for (const handler of [
    { type: 'command', command: '/usr/local/bin/coord', args: ['status'] },
    { type: 'command', command: '/usr/local/bin/coord', args: ['lock', 'claude-code'] },
    { type: 'command', command: '/usr/local/bin/coord', args: ['hook', 'claude-code', '--json'] },
    { type: 'command', command: '/x/.claude/hooks/lifecycle/coordination-init.sh', args: ['--verbose'] },
    { type: 'command', command: '/usr/bin/coord-hook', args: ['hook', 'claude-code'] },
    { type: 'command', command: 'echo .claude/hooks/lifecycle/coordination-init.sh.bak' },
    { type: 'command', command: 'my-coordination-init.sh' },
    { type: 'command', command: '/usr/local/bin/coord hook claude-code' },
    { type: 'command', command: '/usr/local/bin/coord hook codex || :' },
    { type: 'command', command: '/usr/local/bin/coord lock claude-code || :' },
    { type: 'command', command: '/usr/bin/coord-hook hook claude-code || :' },
    { type: 'http', url: 'http://127.0.0.1:1/.claude/coordination/bin/coord' },
    null,
    'coord',
  ]) {
    assert.not.ok(isOurs(handler), JSON.stringify(handler))
  }
})

test('the predecessor’s session start entry is taken over, in whatever quoting: its file becomes ours', () => {
  for (const command of [
    '"$CLAUDE_PROJECT_DIR"/.claude/hooks/lifecycle/coordination-init.sh',
    '"$CLAUDE_PROJECT_DIR/.claude/hooks/lifecycle/coordination-init.sh"',
    '/x y/.claude/hooks/lifecycle/coordination-init.sh',
  ]) {
    const text = JSON.stringify({ hooks: { SessionStart: [{ matcher: '*', hooks: [{ type: 'command', command }] }] } })
    const after = plain(withHooks(text, entries))
    assert.equal(after.hooks?.['SessionStart'], [entries.find(({ event }) => event === 'SessionStart')?.group])
  }
})

const malformed: [name: string, text: string, line: number, column: number, reason: RegExp][] = [
  ['a line comment', '{\n  // mine\n  "a": 1\n}', 2, 3, /comment/],
  ['a block comment', '{"a": /* one */ 1}', 1, 7, /comment/],
  ['a trailing comma', '{\n  "a": [1,\n  2,\n  ]}', 4, 3, /comma before "\]"/],
  ['a missing comma', '{"a": 1\n "b": 2}', 2, 2, /","/],
  ['the end in the middle', '{"a": {', 1, 8, /end of the file/],
  ['single quotes', "{'a': 1}", 1, 2, /double quotes/],
  ['more than one document', '{}\n{}', 2, 1, /end of the file/],
  ['a bad escape', '{"a": "\\x"}', 1, 7, /escape/],
  ['a raw line break in a string', '{"a": "x\ny"}', 1, 9, /line break/],
  ['a leading zero', '{"a": 01}', 1, 7, /a value/],
  ['deep nesting', `{"a":${'['.repeat(100_000)}`, 1, 506, /nested/],
  ['a list at the top', '[]', 1, 1, /a list where the settings object/],
  ['hooks as a list', '{"x": 1,\n "hooks": []}', 2, 11, /"hooks" is a list/],
  ['hooks as null', '{"hooks": null}', 1, 11, /"hooks" is null/],
  ['an event as an object', '{"hooks": {"Stop": {}}}', 1, 20, /"hooks.Stop" is an object/],
  ['an event as a text', '{"hooks": {"PreToolUse": "x"}}', 1, 26, /"hooks.PreToolUse" is a string/],
  ['hooks twice', '{"hooks": {}, "hooks": {}}', 1, 15, /second time/],
]

for (const [name, text, line, column, reason] of malformed) {
  test(`${name} stops, with line and column`, () => {
    try {
      withHooks(text, few)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, JsonProblem)
      if (!(error instanceof JsonProblem)) return
      assert.match(error.reason, reason)
      assert.equal([error.line, error.column], [line, column])
    }
  })
}

/** Same seed, same numbers (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function randomSettings(next: () => number): string {
  const pick = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(next() * values.length)] ?? values[0]
  const value = (depth: number): unknown => {
    const kind = depth > 3 ? 0 : Math.floor(next() * 6)
    if (kind === 4) return Array.from({ length: 1 + Math.floor(next() * 3) }, () => value(depth + 1))
    if (kind === 5)
      return Object.fromEntries([
        ['k', value(depth + 1)],
        [pick(['a', 'é', '"', '\\', '\u2028']), 1],
      ])
    return pick([null, true, -0.5, 1e21, 'text', '{"', '// no', '\n', '😀', ''])
  }
  const handler = () => ({ type: 'command', command: pick(['a', 'b c', '"x" ]}']) })
  const group = () => ({
    matcher: pick(['Bash', 'Write|Edit']),
    hooks: [handler(), ...(next() < 0.5 ? [handler()] : [])],
  })
  const hooks = Object.fromEntries(
    ['PreToolUse', 'Stop', 'Notification'].filter(() => next() < 0.5).map((event) => [event, [group(), group()]]),
  )
  const settings = { first: value(0), ...(Object.keys(hooks).length > 0 && { hooks }), last: value(0) }
  const text = JSON.stringify(settings, null, pick(['', ' ', '  ', '\t', '      ']))
  return (next() < 0.3 ? text.replaceAll('\n', '\r\n') : text) + pick(['', '\n', '\n\n'])
}

test('in and out again, for 200 random settings', () => {
  const firstSeed = Number(process.env['COORDLOG_TEST_SEED'] ?? 1)
  for (let seed = firstSeed; seed < firstSeed + 200; seed += 1) {
    const text = randomSettings(random(seed))
    const after = withHooks(text, entries)
    assert.is(countOurs(after), entries.length, `seed ${seed}`)
    assert.is(withoutHooks(after), text, `seed ${seed}`)
  }
})

test('every event is named once, with no empty matcher, and a limit far below the client’s', () => {
  assert.is(new Set(entries.map(({ event }) => event)).size, entries.length)
  for (const { event, group } of entries) {
    assert.is.not(group.matcher, '', event)
    for (const handler of group.hooks) {
      const seconds = 'timeout' in handler ? Number(handler.timeout) : Number.NaN
      assert.ok(seconds >= 5 && seconds <= 10, event)
    }
  }
})

test.run()
