import { readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DamageKind, LogErrorCode } from '../src/contract.js'
import { LogError } from '../src/errors.js'
import { openFileLog } from '../src/fileLog.js'
import { NOTE_BYTES } from '../src/format.js'
import { canonicalJson } from '../src/json.js'
import {
  addBytes,
  chop,
  flip,
  type LogFiles,
  removeFile,
  THREE_SEGMENTS,
  threeSegments,
  writeLines,
} from './logFiles.js'
import { readAll, sampleEvent, tallyFold } from './sample.js'

/** How a log of nine events in three segments is damaged, what readers then get, and what the next writer does. */
interface Row {
  readonly name: string
  damage(files: LogFiles): void
  /** The system was restarted after the damage: another boot id. */
  readonly rebooted?: true
  /** Records served. */
  readonly served: number
  /** What load reports; nothing for what is no damage. */
  readonly kind?: DamageKind
  /** Types of the log's own events written before the appended one, or the code of the refusal. */
  readonly writer: readonly string[] | LogErrorCode
  /** Bytes that end up in quarantine/. */
  readonly kept?: number
}

const segment = (files: LogFiles, index: number) => files.segments()[index] ?? ''
const line = (files: LogFiles, index: number, at: number) => files.lines(segment(files, index))[at] ?? Buffer.alloc(0)
const noteless = (damage: (files: LogFiles) => void) => (files: LogFiles) => {
  damage(files)
  removeFile(files.lock)
}
const swapLast = (files: LogFiles) => {
  const [a, b, c] = files.lines(files.tail())
  if (a && b && c) writeLines(files.tail(), [a, c, b])
}
const { eighthBytes, ninthBytes } = THREE_SEGMENTS

const rows: Row[] = [
  { name: 'nothing is damaged', damage: () => undefined, served: 9, writer: [] },
  {
    name: 'half a line after the end',
    damage: (files) => addBytes(files.tail(), '{"v":1,"seq":10,"ts":"20'),
    served: 9,
    writer: ['log.repaired'],
    kept: 24,
  },
  {
    name: 'NUL bytes after the end',
    damage: (files) => addBytes(files.tail(), Buffer.alloc(100)),
    served: 9,
    writer: ['log.repaired'],
    kept: 100,
  },
  {
    name: 'a foreign line after the end',
    damage: (files) => addBytes(files.tail(), 'hello\n'),
    served: 9,
    writer: ['log.repaired'],
    kept: 6,
  },
  {
    name: 'a true line of this log once more after the end',
    damage: (files) => addBytes(files.tail(), line(files, 2, 0)),
    served: 9,
    kind: 'corrupt',
    writer: 'damaged',
  },
  {
    name: 'a record of a later format after the end (I15)',
    damage: (files) => addBytes(files.tail(), '{"v":2,"seq":10,"kind":"other"}\n'),
    served: 9,
    kind: 'newer',
    writer: 'unsafe',
  },
  {
    name: 'the last line is cut short',
    damage: (files) => chop(files.tail(), 10),
    served: 8,
    kind: 'corrupt',
    writer: 'damaged',
  },
  {
    name: 'the last line is cut short by a power cut',
    damage: (files) => chop(files.tail(), 10),
    rebooted: true,
    served: 8,
    writer: ['log.repaired', 'log.rewound'],
    kept: ninthBytes - 10,
  },
  {
    name: 'the last line is gone (I14)',
    damage: (files) => chop(files.tail(), ninthBytes),
    served: 8,
    kind: 'rewound',
    writer: 'damaged',
  },
  {
    name: 'the last line is gone after a power cut',
    damage: (files) => chop(files.tail(), ninthBytes),
    rebooted: true,
    served: 8,
    writer: ['log.rewound'],
  },
  {
    name: 'the tail is empty, and it was not durable, after a power cut',
    damage: (files) => writeFileSync(files.tail(), ''),
    rebooted: true,
    served: 6,
    writer: ['log.rewound'],
  },
  {
    name: 'a durable line is gone after a power cut',
    damage: (files) => {
      removeFile(files.tail())
      chop(segment(files, 1), 5)
    },
    rebooted: true,
    served: 5,
    kind: 'corrupt',
    writer: 'damaged',
  },
  {
    name: 'pages were written out of order before a power cut',
    damage: (files) => {
      const [a, b, c] = files.lines(files.tail())
      if (a && b && c) writeLines(files.tail(), [a, Buffer.alloc(b.length), c])
    },
    rebooted: true,
    served: 7,
    writer: ['log.repaired', 'log.rewound'],
    kept: eighthBytes + ninthBytes,
  },
  {
    /* An append looks at the suffix of the last line alone; whoever decides loads first, and is told. */
    name: 'a bit of the last line is flipped',
    damage: (files) => flip(files.tail(), -40),
    served: 8,
    kind: 'corrupt',
    writer: [],
  },
  {
    name: 'a hex digit of the last hash became a capital',
    damage: (files) => {
      const bytes = readFileSync(files.tail())
      const at = bytes.subarray(-19, -3).findIndex((byte) => byte >= 97) - 19
      flip(files.tail(), at, 0x20)
    },
    served: 8,
    kind: 'corrupt',
    writer: 'damaged',
  },
  {
    name: 'a bit of the last newline is flipped',
    damage: (files) => flip(files.tail(), -1),
    served: 8,
    kind: 'corrupt',
    writer: 'damaged',
  },
  {
    name: 'a bit in the middle of the tail is flipped',
    damage: (files) => flip(files.tail(), 250),
    served: 7,
    kind: 'corrupt',
    writer: [],
  },
  {
    name: 'a bit of a sealed segment is flipped',
    damage: (files) => flip(segment(files, 1), 20),
    served: 3,
    kind: 'corrupt',
    writer: [],
  },
  {
    name: 'the last line of a sealed segment is cut short',
    damage: (files) => chop(segment(files, 0), 10),
    served: 2,
    kind: 'corrupt',
    writer: [],
  },
  {
    name: 'a sealed segment lacks its last line',
    damage: (files) => chop(segment(files, 0), line(files, 0, 2).length),
    served: 2,
    kind: 'missing',
    writer: [],
  },
  {
    name: 'a sealed segment is gone',
    damage: (files) => removeFile(segment(files, 1)),
    served: 3,
    kind: 'missing',
    writer: [],
  },
  {
    name: 'the tail is gone',
    damage: (files) => removeFile(files.tail()),
    served: 6,
    kind: 'rewound',
    writer: 'damaged',
  },
  { name: 'two lines of the tail are swapped', damage: swapLast, served: 7, kind: 'corrupt', writer: 'damaged' },
  {
    name: 'a line of the tail is left out',
    damage: (files) => {
      const [a, , c] = files.lines(files.tail())
      if (a && c) writeLines(files.tail(), [a, c])
    },
    served: 7,
    kind: 'corrupt',
    writer: 'damaged',
  },
  { name: 'the lock file is gone', damage: (files) => removeFile(files.lock), served: 9, writer: ['log.repaired'] },
  { name: 'the head note is nonsense', damage: (files) => flip(files.lock, 30), served: 9, writer: ['log.repaired'] },
  {
    name: 'the head note is of a later format (I15)',
    damage: (files) => writeFileSync(files.lock, `coordlog 2 ${'x'.repeat(NOTE_BYTES)}\n`),
    served: 9,
    writer: 'unsafe',
  },
  {
    name: 'no note, the last line cut short',
    damage: noteless((files) => chop(files.tail(), 10)),
    served: 8,
    writer: ['log.repaired', 'log.repaired'],
    kept: ninthBytes - 10,
  },
  {
    name: 'no note, only the last newline missing',
    damage: noteless((files) => chop(files.tail(), 1)),
    served: 8,
    writer: ['log.repaired', 'log.repaired'],
    kept: ninthBytes - 1,
  },
  {
    name: 'no note, the last line of a sealed segment cut short',
    damage: noteless((files) => chop(segment(files, 0), 10)),
    served: 2,
    kind: 'corrupt',
    writer: 'damaged',
  },
  {
    name: 'no note, a bit of the last line flipped',
    damage: noteless((files) => flip(files.tail(), -40)),
    served: 8,
    kind: 'corrupt',
    writer: 'damaged',
  },
  {
    name: 'no note, a bit of the last newline flipped',
    damage: noteless((files) => flip(files.tail(), -1)),
    served: 8,
    kind: 'corrupt',
    writer: 'damaged',
  },
  {
    name: 'no note, the last two lines swapped',
    damage: noteless(swapLast),
    served: 7,
    kind: 'corrupt',
    writer: 'damaged',
  },
  {
    name: 'no note, NUL bytes after the end',
    damage: noteless((files) => addBytes(files.tail(), Buffer.alloc(9))),
    served: 9,
    writer: ['log.repaired', 'log.repaired'],
    kept: 9,
  },
  {
    name: 'no note, a foreign line after the end',
    damage: noteless((files) => addBytes(files.tail(), 'hello\n')),
    served: 9,
    kind: 'corrupt',
    writer: 'damaged',
  },
]

const damage = suite('damage')

async function open(files: LogFiles, row: Row) {
  const options = { segmentBytesMax: THREE_SEGMENTS.segmentBytesMax }
  return openFileLog(files.directory, row.rebooted ? { ...options, bootId: 'another-boot' } : options)
}

/** Readers: the prefix, the report, and not a byte changed. */
async function checkReader(files: LogFiles, row: Row): Promise<void> {
  const before = files.segments().map((path) => readFileSync(path))
  const log = await open(files, row)
  const { state, sequence, damage: found } = await log.load(tallyFold())
  assert.is(sequence, row.served, 'records served')
  assert.is(state.count, row.served)
  assert.is(found?.kind, row.kind, found?.reason)
  assert.is(found?.lastGoodSequence, row.kind === undefined ? undefined : row.served)
  log.close()
  assert.equal(
    files.segments().map((path) => readFileSync(path)),
    before,
  )
}

async function checkWriter(files: LogFiles, row: Row): Promise<void> {
  const log = await open(files, row)
  const refusal = await log.append(sampleEvent(10), 'any').then(
    () => undefined,
    (error: unknown) => error,
  )
  if (typeof row.writer === 'string') {
    assert.instance(refusal, LogError)
    assert.is(refusal instanceof LogError ? refusal.code : '', row.writer, String(refusal))
    assert.equal(files.quarantined(), [])
  } else {
    assert.is(refusal, undefined, String(refusal))
    if (row.kind === undefined) {
      const types = (await readAll(log)).slice(row.served).map((record) => record.type)
      assert.equal(types, [...row.writer, 'sample.kind2'])
    }
    assert.is(
      files.quarantined().reduce((sum, bytes) => sum + bytes.length, 0),
      row.kept ?? 0,
      'bytes kept',
    )
  }
  log.close()
}

/** I11: what was recovered is not recovered again. */
async function checkAgain(files: LogFiles, row: Row): Promise<void> {
  if (typeof row.writer === 'string' || row.kind !== undefined) return
  const log = await open(files, row)
  const { state, sequence, damage: found } = await log.load(tallyFold())
  const atOnce = canonicalJson(state)
  assert.is(found, undefined)
  await log.append(sampleEvent(11), sequence)
  assert.is((await readAll(log)).length, sequence + 1)
  assert.is(log.head().sequence, sequence + 1)
  assert.is(canonicalJson((await log.load(tallyFold())).state) === atOnce, false)
  log.close()
}

for (const row of rows) {
  damage(`I11 I12 I13: ${row.name}`, async () => {
    const files = await threeSegments()
    row.damage(files)
    await checkReader(files, row)
    await checkWriter(files, row)
    await checkAgain(files, row)
  })
}

damage.run()
