import type { Refusal } from '@coordlog/coordination/commands'
import { initial, type State } from '@coordlog/coordination/state'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { briefingCharactersMax, sessionBriefing, subagentBriefing } from '../src/briefing.js'
import { denial, grantContext, staleness, warning } from '../src/messages.js'
import { cut, firstLine, named, shellWord } from '../src/wording.js'

/** What one session wrote reaches another only inside quotes that it cannot close. */

const messages = suite('messages')
const now = '2026-01-08T12:03:00.000Z'
const seed = Number(process.env['COORDLOG_TEST_SEED'] ?? 20_260_108)
const check = (property: fc.IProperty<[string]>) => fc.assert(property, { seed, numRuns: 500, verbose: true })

/** Every text that tries to get out, and any other. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .array(
      fc.constantFrom(
        '"',
        '”',
        '\\',
        '\n',
        '\r',
        '`',
        '\u001b[2J',
        '\u202e',
        '\u200b',
        "'",
        'a',
        ' ',
        '\ud800',
        '". Ignore',
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join('')),
)

function refusal(more: Partial<Refusal> = {}): Refusal {
  return {
    path: 'src/a.ts',
    worktree: '/repo',
    holder: 'claude-20260108-120000-a3f7b2d1',
    holderRole: 'main',
    holderTask: 'Build the login',
    holderHost: 'claude-code',
    holderLiveness: 'alive',
    holderLastSeenAt: '2026-01-08T12:02:50.000Z',
    token: 3,
    since: '2026-01-08T12:00:00.000Z',
    expiresAt: '2026-01-08T12:07:12.000Z',
    reason: 'Write',
    ...more,
  }
}

/** What is left when every quotation has been taken out: our own words. */
function ownWords(text: string): string {
  return text.replaceAll(/"[^"]*"/g, '""')
}

messages('a denial, word for word', () => {
  assert.is(
    denial([refusal()], now),
    [
      'File src/a.ts is locked by instance claude-20260108-120000-a3f7b2d1.',
      'Role: "main". Task, in that session\'s words: "Build the login". It holds the file since 12:00:00 UTC (3m ago) until ' +
        '12:07:12 UTC (in 4m 12s), longer if it edits it again, shorter if its turn ends first. Its process is running; its last ' +
        'sign of life came 10s ago. Its worktree: /repo.',
      'Nothing was written. Other files can be edited meanwhile. This one can be tried again after 12:07:12 UTC (in 4m 12s) or ' +
        'sooner, once it has been read again; `coord lock acquire src/a.ts --wait 5m` waits for it; `coord why src/a.ts` tells why it is held.',
    ].join('\n'),
  )
})

messages('many files: each is named once, within what clients show', () => {
  const many = (count: number, path: (index: number) => string) =>
    denial(
      Array.from({ length: count }, (_, index) => refusal({ path: path(index), holderTask: 'x'.repeat(300) })),
      now,
    )
  const twenty = many(20, (index) => `src/file${index}.ts`)
  for (let index = 0; index < 20; index += 1) {
    assert.is(twenty.split(`File src/file${index}.ts is locked by instance`).length, 2, twenty)
  }
  assert.is(twenty.match(/Nothing was written/g)?.length, 1)
  const endless = many(500, (index) => `${'long/'.repeat(60)}${index}`)
  assert.ok(endless.length < 10_000, String(endless.length))
  assert.match(endless, /\n\d+ more of the files are held too; `coord status` lists them\.\nNothing was written/)
})

messages('a path that is more than a name is quoted, and no command is made of what cannot be shown', () => {
  const strange = denial([refusal({ path: 'a b".ts' })], now)
  assert.match(strange, /^File "a b”\.ts" is locked by instance /)
  assert.match(strange, /coord lock acquire 'a b"\.ts' --wait/)
  const hidden = denial([refusal({ path: 'a\u202e.ts' })], now)
  assert.match(hidden, /^File "a\\u202e\.ts" is locked/)
  assert.not.match(hidden, /lock acquire/)
})

messages('role and task of a holder cannot leave their quotes', () => {
  const expected = ownWords(denial([refusal()], now))
  const expectedWarning = ownWords(warning([refusal()], now))
  check(
    fc.property(hostile, (text) => {
      fc.pre(text !== '')
      const held = refusal({ holderRole: text, holderTask: text })
      assert.is(ownWords(denial([held], now)), expected)
      assert.is(ownWords(warning([held], now)), expectedWarning)
    }),
  )
})

messages('nor can paths and ids make sentences', () => {
  check(
    fc.property(hostile, (text) => {
      const first = denial([refusal({ path: text, holder: text, worktree: text })], now).split('\n')[0] ?? ''
      assert.match(ownWords(first), /^File (""|[\w./@%+=:,-]+) is locked by instance (""|[\w./@%+=:,-]+)\.$/)
    }),
  )
})

messages('what a refusal for unread changes says is quoted as well', () => {
  const edit = { path: 'a.ts', by: 'y', at: '2026-01-08T12:01:00.000Z', sequence: 9, role: 'x', task: 'x' }
  const expected = ownWords(staleness([edit], now))
  const many = staleness(
    Array.from({ length: 7 }, () => edit),
    now,
  )
  assert.match(many, /\n2 more of the files were changed/)
  assert.match(many, /Reading them again/)
  check(
    fc.property(hostile, (text) => {
      fc.pre(text !== '')
      assert.is(ownWords(staleness([{ ...edit, role: text, task: text }], now)), expected)
    }),
  )
})

messages('what a grant says is quoted as well', () => {
  const expected = grantLine('x')
  assert.match(expected, /was changed by instance y at 12:01:00 UTC \(2m ago, event 9\)/)
  check(
    fc.property(hostile, (text) => {
      fc.pre(text !== '')
      assert.is(ownWords(grantLine(text)), ownWords(expected))
    }),
  )
})

function grantLine(text: string): string {
  const edit = { by: 'y', at: '2026-01-08T12:01:00.000Z', sequence: 9, worktree: '/repo' }
  return (
    grantContext(
      {
        kind: 'granted',
        leases: [],
        takenFrom: [{ path: 'b.ts', holder: 'z', token: 4, cause: 'expired', role: text, task: text }],
        notices: [{ kind: 'changed', path: 'a.ts', edit, role: text, task: text, otherWorktree: false }],
      },
      now,
    ) ?? ''
  )
}

function crowd(text: string, count: number): State {
  const state = initial()
  for (let i = 0; i < count; i++) {
    const id = `claude-20260108-120000-${String(i).padStart(8, '0')}`
    state.instances[id] = {
      id,
      session: id,
      host: 'claude-code',
      role: text,
      task: text,
      worktree: '/repo',
      cwd: '/repo',
      registeredAt: '2026-01-08T12:00:00.000Z',
      registeredSequence: i,
      lastSeenAt: now,
      lastSeenSequence: i,
      events: 1,
      phase: 'working',
      holds: {},
    }
    state.decisions.push({
      id: `DEC-20260108-${String(i).padStart(4, '0')}`,
      sequence: i,
      at: now,
      by: id,
      role: text,
      category: 'security',
      title: text,
      description: text,
      scope: 'global',
      status: 'accepted',
      alternatives: [],
      files: [],
      requestId: id,
    })
  }
  return state
}

const present = { at: now, liveness: {}, staleMs: 300_000 }

messages('the briefing keeps to its size and to its quotes', () => {
  check(
    fc.property(hostile, (text) => {
      fc.pre(text !== '')
      const state = crowd(text, 40)
      const told = sessionBriefing(state, present, 'me')
      assert.ok(told.length <= briefingCharactersMax, String(told.length))
      assert.match(told, /Other instances here at 12:03:00 UTC: 40\./)
      assert.match(told, /Decisions that sessions recorded \(the last 5 of 40/)
      const own =
        /^(coordlog: |This session is |Commands: |Other instances |Decisions that |- (claude|DEC)-|\(\d+ more left out)/
      for (const line of ownWords(told).split('\n')) assert.match(line, own)
      assert.ok((subagentBriefing(state, present, 'me') ?? '').length <= briefingCharactersMax)
    }),
  )
})

messages('alone and without decisions the briefing is three lines', () => {
  const told = sessionBriefing(initial(), present, 'claude-1')
  assert.is(told.split('\n').length, 3)
  assert.match(told, /This session is instance claude-1 \(COORD_INSTANCE_ID in its shell\)/)
  assert.is(subagentBriefing(initial(), present, 'claude-1'), undefined)
})

messages('one word of a shell command stays one', () => {
  assert.is(shellWord('src/a.ts'), 'src/a.ts')
  assert.is(shellWord("it's; rm -rf"), "'it'\\''s; rm -rf'")
  assert.is(shellWord('-rf'), "'-rf'")
  assert.is(shellWord('a\nb'), undefined)
  assert.is(named('a b'), '"a b"')
})

messages('cuts leave whole characters', () => {
  assert.is(cut('abcdef', 4), 'abc…')
  assert.is(cut('ab😀d', 4), 'ab…')
  assert.is(firstLine(' \r\n\u2028 first \n second', 20), 'first')
  assert.is(firstLine('', 20), '')
})

messages.run()
