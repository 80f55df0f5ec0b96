import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Patch, pathsOf, readPatch } from '../src/applyPatch.js'

const patch = suite('the text of a patch')

const whole = (...lines: string[]) => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n')

const read: [string, string, Patch][] = [
  [
    'add, update, delete and move, in this order',
    whole(
      '*** Add File: src/new.txt',
      '+hello',
      '*** Update File: /home/dev/app/a.txt',
      '*** Move to: moved/a2.txt',
      '@@ one',
      '-two',
      '+TWO',
      '*** End of File',
      '*** Delete File: b.txt',
    ),
    {
      files: [
        { kind: 'add', path: 'src/new.txt' },
        { kind: 'update', path: '/home/dev/app/a.txt', movedTo: 'moved/a2.txt' },
        { kind: 'delete', path: 'b.txt' },
      ],
    },
  ],
  [
    'lines that end as on Windows',
    whole('*** Update File: a.txt', '@@', '-x', '+y').replaceAll('\n', '\r\n'),
    { files: [{ kind: 'update', path: 'a.txt' }] },
  ],
  [
    'in a here document of the shell',
    `cd moved && apply_patch <<'EOF'\n${whole('*** Add File: h 2.txt', '+x')}\nEOF`,
    { files: [{ kind: 'add', path: 'h 2.txt' }] },
  ],
  [
    'text of a file that looks like a header',
    whole('*** Update File: a.md', '@@', ' *** Delete File: no.txt', '+*** Add File: no.txt', '-*** Move to: no.txt'),
    { files: [{ kind: 'update', path: 'a.md' }] },
  ],
  [
    'headers that are indented, where no text stands',
    whole('  *** Add File: a'),
    { files: [{ kind: 'add', path: 'a' }] },
  ],
  ['odd names', whole("*** Add File: ‘ü’ *** b's.txt "), { files: [{ kind: 'add', path: "‘ü’ *** b's.txt" }] }],
  [
    'no beginning',
    '*** Add File: a\n+x\n*** End Patch',
    { files: [{ kind: 'add', path: 'a' }], problem: 'it has no line "*** Begin Patch"' },
  ],
  [
    'cut off',
    '*** Begin Patch\n*** Add File: a\n+x',
    { files: [{ kind: 'add', path: 'a' }], problem: 'it has no line "*** End Patch"' },
  ],
  ['nothing', '', { files: [], problem: 'it has no line "*** Begin Patch", it names no file' }],
  ['no file', whole('hello'), { files: [], problem: 'it names no file' }],
  ['a header without a path', whole('*** Update File:'), { files: [], problem: '"*** Update File:" without a path' }],
  [
    'moves of nothing and to nothing',
    whole('*** Add File: a', '*** Move to: b', '*** Update File: c', '*** Move to:'),
    {
      files: [
        { kind: 'add', path: 'a' },
        { kind: 'update', path: 'c' },
      ],
      problem: '"*** Move to:" that follows no update, "*** Move to:" without a path',
    },
  ],
]
for (const [name, text, expected] of read) patch(name, () => assert.equal(readPatch(text), expected))

patch('each path once, both ends of a move, and a quoted name in both readings', () => {
  const paths = (...lines: string[]) => pathsOf(readPatch(whole(...lines)))
  assert.equal(paths('*** Update File: a', '*** Move to: b', '*** Add File: a'), ['a', 'b'])
  assert.equal(paths('*** Add File: "my file.txt"'), ['"my file.txt"', 'my file.txt'])
  assert.equal(paths("*** Delete File: 'x'"), ["'x'", 'x'])
  assert.equal(paths('*** Add File: "'), ['"'])
})

patch('a long patch takes no longer than its length', () => {
  const lines = Array.from({ length: 200_000 }, (_, i) => `+${' *** '.repeat(3)}${i}`)
  assert.is(readPatch(whole('*** Add File: a', lines.join('\n'))).files.length, 1)
})

patch.run()
