import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compactLog } from '../src/compaction.js'
import { openFileLog } from '../src/fileLog.js'
import type { FileSystem } from '../src/fileSystem.js'
import { filterOf } from '../src/filterFiles.js'
import { GENESIS_SEED } from '../src/format.js'
import { type SearchRange, scanLog, searchLog } from '../src/search.js'
import { verifyLog } from '../src/verify.js'
import { BITS_MAX, BITS_MIN, mayHold, wordHashesOf } from '../src/wordFilter.js'
import { rounds, seed } from './campaign/length.js'
import { countingReads } from './countingReads.js'
import { flip, logFiles } from './logFiles.js'
import { sampleEvent, tallyFold } from './sample.js'
import { scratchDirectory } from './scratch.js'
import { xxh64 } from './xxh64.js'

const filters = suite('filters of segments')
const fold = tallyFold()
const small = { segmentBytesMax: 900, snapshots: { recordsMin: 4, bytesMin: 1e9 } }

/** Events that say these words, a snapshot taken after every fourth. */
async function logOf(words: readonly string[], directory = scratchDirectory()): Promise<string> {
  const log = await openFileLog(directory, small)
  for (const [index, word] of words.entries()) {
    const event = {
      ...sampleEvent(index + 1),
      by: `by ${word}`,
      data: { word, [`key ${word}`]: [{ deep: `in ${word}` }] },
    }
    await log.append(event, 'any')
    await log.writeSnapshotIfDue(fold)
  }
  log.close()
  return directory
}

function filesOf(directory: string): string[] {
  const folder = join(directory, 'filters')
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

async function found(directory: string, texts: readonly string[], range: SearchRange = {}, fs?: FileSystem) {
  const sequences: number[] = []
  for await (const { seq } of searchLog(directory, texts, range, fs && { fs })) sequences.push(seq)
  return sequences
}

async function scanned(directory: string, texts: readonly string[]): Promise<number[]> {
  const sequences: number[] = []
  await scanLog(directory, 1, (record) => {
    if (texts.some((text) => JSON.stringify(record).includes(text))) sequences.push(record.seq)
    return true
  })
  return sequences
}

function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(wordsIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) => [key, ...wordsIn(each)])
}

/** Records that say this word, as it is and whole. */
async function saying(directory: string, word: string): Promise<number[]> {
  const sequences: number[] = []
  await scanLog(directory, 1, ({ seq, by, data }) => {
    if ([by, ...wordsIn(data)].includes(word)) sequences.push(seq)
    return true
  })
  return sequences
}

const letters = fc.string({
  unit: fc.constantFrom('a', 'b', '"', '\\', '/', 'é', '𝄞', '\u2028', '\n', ',', ':', '{'),
  maxLength: 6,
})

filters(
  'a search with filters finds what a scan finds, whatever the words are made of, forwards and backwards',
  async () => {
    const trials = fc.array(letters, { minLength: 20, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(trials, letters, fc.constantFrom('none', 'archive'), async (words, other, mode) => {
        const directory = await logOf(words)
        if (mode === 'archive') await compactLog(directory, fold, small)
        assert.ok(filesOf(directory).length > 2)
        const [some = ''] = words
        for (const text of [some, other, `key ${some}`, `in ${some}`, `by ${other}`].map((word) =>
          JSON.stringify(word),
        )) {
          // Where a text stands by chance, begun within a string, it may be found or not.
          const [sure, possible] = [await saying(directory, JSON.parse(text)), await scanned(directory, [text])]
          const oldest = await found(directory, [text], { first: 'oldest' })
          assert.equal(
            oldest.filter((seq) => sure.includes(seq)),
            sure,
            text,
          )
          assert.ok(
            oldest.every((seq) => possible.includes(seq)),
            text,
          )
          assert.equal(await found(directory, [text]), oldest.toReversed(), text)
        }
        const pair = `"type":"sample.kind1","by":${JSON.stringify(`by ${some}`)}`
        assert.equal(await found(directory, [pair, '"nobody"'], { first: 'oldest' }), await scanned(directory, [pair]))
        assert.equal(await found(directory, ['"seq":3,']), [3])
      }),
      { seed, numRuns: rounds(12, 400) },
    )
  },
)

filters('segments of which the filter says no are not read', async () => {
  const directory = await logOf(Array.from({ length: 60 }, (_, index) => `word ${index}`))
  const all = logFiles(directory).segments()
  const size = all.reduce((sum, segment) => sum + readFileSync(segment).length, 0)
  assert.ok(all.length > 8 && filesOf(directory).length === all.length - 1)
  const { fs, counted } = countingReads()
  assert.equal(await found(directory, ['"word 3"'], {}, fs), [4])
  const withFilters = counted.bytes
  rmSync(join(directory, 'filters'), { recursive: true })
  counted.bytes = 0
  assert.equal(await found(directory, ['"word 3"'], {}, fs), [4])
  assert.ok(
    counted.bytes >= size && withFilters < size / 2,
    `${withFilters} with, ${counted.bytes} without, of ${size}`,
  )
})

filters(
  'a filter that is damaged, or of other bytes, is passed over, and verify says so; a new one comes for one that is gone',
  async () => {
    const words = Array.from({ length: 60 }, (_, index) => `word ${index}`)
    const directory = await logOf(words)
    const [first = '', second = '', third = '', fourth = ''] = filesOf(directory)
    const whole = readFileSync(first)
    flip(first, whole.length - 40)
    copyFileSync(third, second)
    writeFileSync(third, '')
    rmSync(fourth)
    for (const word of words.slice(0, 30)) {
      const text = JSON.stringify(word)
      assert.equal(await found(directory, [text]), await scanned(directory, [text]), word)
    }
    const { ok, notices } = await verifyLog(directory, fold, small)
    assert.equal([ok, notices.filter((line) => line.includes('is not a filter of the segment')).length], [true, 3])
    for (const file of [first, second, third]) rmSync(file)
    await logOf(
      Array.from({ length: 12 }, () => 'more'),
      directory,
    )
    assert.equal(readFileSync(first), whole)
    assert.equal((await verifyLog(directory, fold, small)).notices, [])
  },
)

filters('a segment of the same name and size with another history does not get the answers of its filter', async () => {
  const [one, other] = [await logOf(new Array(60).fill('one word')), await logOf(new Array(60).fill('two word'))]
  for (const file of filesOf(one)) copyFileSync(file, file.replace(one, other))
  assert.is((await found(other, ['"two word"'])).length, 60)
})

filters(
  'the filters of an archived segment stay, those of a dropped one go; a directory without gets two at a time',
  async () => {
    const directory = await logOf(Array.from({ length: 60 }, (_, index) => `word ${index}`))
    const closed = filesOf(directory).length
    rmSync(join(directory, 'filters'), { recursive: true })
    await logOf(['more', 'more', 'more', 'more'], directory)
    assert.is(filesOf(directory).length, 2)
    await compactLog(directory, fold, small)
    assert.ok(filesOf(directory).length >= closed)
    const { fs, counted } = countingReads()
    assert.equal(await found(directory, ['"word 3"'], {}, fs), [4])
    await compactLog(directory, fold, { ...small, mode: 'drop' })
    assert.equal(filesOf(directory), [])
    assert.equal(await found(directory, ['"word 3"'], {}, fs), [])
    assert.ok(counted.bytes < 10_000, `${counted.bytes} bytes of segments were read`)
  },
)

filters('no word of a segment is ever denied, and of others at most one in fifty is not', () => {
  const pick = (n: number) => `packages/part${n % 91}/src/file${n}.ts`
  for (const count of [10, 1_000, 30_000]) {
    const lines = Array.from({ length: count }, (_, n) =>
      JSON.stringify({ v: 1, seq: n + 1, ts: '', type: 'a', path: pick(n) }),
    )
    const filter = filterOf(Buffer.from(`${lines.join('\n')}\n`))
    const bits = filter.bits.length * 8
    assert.ok(bits >= BITS_MIN && bits <= BITS_MAX && Number.isInteger(Math.log2(bits)))
    const says = (n: number) => mayHold(filter, wordHashesOf(JSON.stringify(pick(n))))
    const mistaken = Array.from({ length: 20_000 }, (_, n) => n + count).filter(says).length
    assert.ok(lines.every((_, n) => says(n)))
    assert.ok(mistaken <= 400, `${mistaken} of 20,000 words that are not among the ${count} were taken for one of them`)
  }
})

/** docs/format.md in whole numbers of any size: which bits of the file a word sets. */
function placesOf(word: string, count: number): number[] {
  const whole = 0xffff_ffffn
  const f = Buffer.from(word).reduce((hash, byte) => ((hash ^ BigInt(byte)) * 0x01000193n) & whole, 0x811c9dc5n)
  const x = ((f ^ (f >> 16n)) * 0x85ebca6bn) & whole
  const y = ((f ^ (f >> 15n)) * 0xc2b2ae35n) & whole
  const a = x ^ (x >> 13n)
  const b = (y ^ (y >> 16n)) | 1n
  return Array.from({ length: 7 }, (_, i) => Number(((a + BigInt(i) * b) & whole) % BigInt(count)))
}

filters('a file is what docs/format.md says', async () => {
  const directory = await logOf(Array.from({ length: 60 }, (_, index) => `wörd "${index}"`))
  const [segment = ''] = logFiles(directory).segments()
  const [file = ''] = filesOf(directory)
  assert.is(file.replace('/filters/', '/segments/').replace('.bloom', '.ndjson'), segment)
  const content = readFileSync(file)
  const end = content.indexOf(10)
  const bits = content.subarray(end + 1)
  const bytes = readFileSync(segment)
  const check = xxh64(bits, GENESIS_SEED).toString(16).padStart(16, '0')
  const at = bytes.toString('latin1', bytes.length - 19, bytes.length - 3)
  assert.equal(JSON.parse(content.toString('latin1', 0, end)), { v: 1, first: 1, bytes: bytes.length, at, check })
  for (const line of logFiles(directory).lines(segment)) {
    const { by, type, data } = JSON.parse(String(line))
    for (const word of ['v', 'seq', 'ts', 'h', 'type', 'deep', by, type, data.word, ...Object.keys(data)]) {
      const written = JSON.stringify(word).slice(1, -1)
      for (const place of placesOf(written, bits.length * 8)) {
        assert.ok(((bits[place >> 3] ?? 0) & (1 << (place & 7))) > 0, word)
      }
    }
  }
})

filters('where every word is another one, a filter says yes to everything, and stays within its size', () => {
  const lines = Array.from({ length: 9_000 }, (_, n) =>
    JSON.stringify(Array.from({ length: 60 }, (_, k) => `${n} ${k}`)),
  )
  const { bits } = filterOf(Buffer.from(`${lines.join('\n')}\n`))
  assert.is(bits.length * 8, BITS_MAX)
})

filters.run()
