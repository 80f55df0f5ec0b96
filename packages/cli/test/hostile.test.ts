import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('hostile texts')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

/** Cursor moves, title changes, links, overrides, invisible letters, line breaks (a tab may stand in a description), a tag character, a byte order mark. */
const hostile = [
  '\u001b[2J\u001b[1;1Hgone',
  '\u001b]0;title\u0007\u001b]8;;https://example.org\u001b\\click\u001b]8;;\u001b\\',
  'a\rb\nc\td\u0008e\u007f\u009b31m',
  'abc\u202edef\u2066ghi\u2069',
  'zero\u200bwidth\u200d\ufeffmark\u00ad',
  'tag\u{e0041}\u{e007f}',
  'line\u2028para\u2029',
  'hangul\u3164\u115ffill',
] as const

/** First and last code points of what may not be printed. A tab and a line break may stand in a description. */
const dangerous: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x115f, 0x115f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xe0000, 0xe007f],
]

function firstDangerous(text: string): string | undefined {
  return [...text].find((character) => {
    const point = character.codePointAt(0) ?? 0
    return dangerous.some(([first, last]) => point >= first && point <= last)
  })
}

/** Command lines that print what was recorded, and command lines that are told off for what is in them. */
function commandLines(ids: readonly string[]): readonly (readonly string[])[] {
  return [
    ['status'],
    ['status', '--verbose'],
    ['lock', 'list'],
    ['instance', 'list', '--ended'],
    ['decisions', 'list'],
    ['log'],
    ['lock', 'cleanup'],
    ['doctor'],
    ...hostile.map((_, index) => ['instance', 'show', `i${index}`]),
    ...hostile.map((text) => ['lock', 'check', '--', `src/${text.replaceAll('/', '')}`]),
    ...hostile.map((text) => ['lock', 'acquire', '--instance', 'other', '--', `src/${text.replaceAll('/', '')}`]),
    ...ids.map((id) => ['decisions', 'show', id]),
    ...hostile.map((text) => ['decisions', 'show', text]),
    ...hostile.map((text) => ['instance', 'show', text]),
    ...hostile.map((text) => [text]),
    ...hostile.map((text) => ['lock', text]),
    ...hostile.map((text) => ['status', `--${text}`]),
    ...hostile.map((text) => ['status', '--at', text]),
    ...hostile.map((text) => ['lock', 'acquire', 'f', '--ttl', text]),
    ...hostile.map((text) => ['decisions', 'status', ids[0] ?? '', text]),
    ...hostile.map((text) => ['config', 'set', text, text]),
    ...hostile.map((text) => ['config', 'set', 'lock.ttl', text]),
    ...hostile.map((text) => ['status', '--repo', text]),
    ...hostile.map((text) => ['status', text, text]),
  ]
}

test('nothing that an agent wrote moves a cursor, hides or reorders text, in any output', async ({
  coord,
  repository,
}) => {
  for (const [index, text] of hostile.entries()) {
    await coord(['instance', 'register', '--instance', `i${index}`, '--task', text, '--role', text.slice(0, 60)])
    await coord([
      'lock',
      'acquire',
      '--instance',
      `i${index}`,
      '--reason',
      text,
      '--',
      `src/${text.replaceAll('/', '')}`,
    ])
    const list = ['--alternative', text, '--rationale', text, '--problem', text, '--dependency', text]
    await coord([
      'decisions',
      'add',
      '--category=testing',
      `--title=${text}`,
      `--description=${text}`,
      ...list,
      '--instance',
      `i${index}`,
    ])
    await coord(['instance', 'end', '--instance', `i${index}`, '--reason', text])
    await coord(['instance', 'register', '--instance', `i${index}`, '--task', text, '--role', text.slice(0, 60)])
    await coord([
      'lock',
      'acquire',
      '--instance',
      `i${index}`,
      '--reason',
      text,
      '--',
      `src/${text.replaceAll('/', '')}`,
    ])
  }
  writeFileSync(join(repository, 'hostile'), '')
  const { decisions } = JSON.parse((await coord(['decisions', 'list', '--json'])).stdout)
  const { locks } = JSON.parse((await coord(['lock', 'list', '--json'])).stdout)
  assert.equal([decisions.length, locks.length], [hostile.length, hostile.length])
  const ids: string[] = decisions.map((decision: { id: string }) => decision.id)
  for (const line of commandLines(ids)) {
    for (const args of [line, ['--json', ...line]]) {
      const { stdout, stderr } = await coord(args)
      const found = firstDangerous(stdout + stderr)
      assert.is(found, undefined, `${JSON.stringify(args)} prints ${JSON.stringify(found)}`)
      assert.ok(!/^ +at /m.test(stderr), `a stack trace: ${stderr}`)
    }
  }
})

test('what was given is stored as it was given, and --json parses back to it', async ({ coord, repository }) => {
  for (const text of hostile)
    await coord(['decisions', 'add', '--category=testing', `--title=${text}`, '--description=d'])
  const { decisions } = JSON.parse((await coord(['decisions', 'list', '--json'])).stdout)
  assert.equal(
    decisions.map((decision: { title: string }) => decision.title),
    hostile,
  )
  const records = (await coord(['log', '--json', '--type', 'decision'])).stdout.trim().split('\n')
  assert.equal(
    records.map((line) => JSON.parse(line).data.title),
    hostile,
  )
  assert.is(readFileSync(join(repository, 'src/app.ts'), 'utf8'), 'export const old = 1\n')
})

test('names from the prototype are only names', async ({ coord }) => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.is((await coord(['lock', 'acquire', name, '--instance', name])).code, 0, name)
    assert.is((await coord(['lock', 'check', name])).code, 1, name)
    assert.is((await coord([name])).code, 2)
    assert.is((await coord(['lock', name])).code, 2)
    assert.is((await coord(['help', name])).code, 2)
    assert.is((await coord(['status', `--${name}`])).code, 2)
    assert.is((await coord(['config', 'get', name])).code, 2)
  }
})

test.run()
