// timeout: 300s
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFileLog } from '../../src/fileLog.js'
import { verifyLog } from '../../src/verify.js'
import { readAll, tallyFold } from '../sample.js'
import { scratchDirectory } from '../scratch.js'
import { rounds, seed, seededRandom, withSeed } from './length.js'
import { startWriter } from './processes.js'

const kills = suite('kill -9')

const WRITERS = 4

/** What the writers said, over all their lives. */
interface Heard {
  readonly tried: Set<string>
  readonly acknowledged: Map<string, number>
}

function hear(heard: Heard, writer: string, line: string): void {
  const [word, n, sequence] = line.split(' ')
  if (word === 'try') heard.tried.add(`${writer} ${n}`)
  if (word === 'ack') heard.acknowledged.set(`${writer} ${n}`, Number(sequence))
}

/** Lives of one writer: each is killed around an acknowledgement, some a moment later, some in the middle of the next. */
async function liveAndDie(directory: string, writer: string, lives: number, heard: Heard, random: () => number) {
  let first = 1
  for (let life = 0; life < lives; life += 1) {
    const process = startWriter('append', directory, writer, String(first))
    const after = 1 + Math.floor(random() * 12)
    for (let acks = 0; acks < after; ) {
      const line = await process.nextLine()
      assert.ok(line !== undefined, `writer ${writer} ended by itself`)
      hear(heard, writer, line)
      if (line.startsWith('ack')) acks += 1
    }
    const spinUntil = performance.now() + random() * 0.6
    while (performance.now() < spinUntil);
    for (const line of await process.kill()) hear(heard, writer, line)
    first =
      1 +
      Math.max(0, ...[...heard.tried].filter((id) => id.startsWith(`${writer} `)).map((id) => Number(id.split(' ')[1])))
  }
}

kills('I3 I4: of 4 writers killed again and again, no acknowledged event is lost and none is there twice', async () => {
  const directory = scratchDirectory()
  const random = seededRandom(seed)
  const heard: Heard = { tried: new Set(), acknowledged: new Map() }
  const lives = rounds(75, 1000)
  await withSeed(`${WRITERS * lives} kills`, async () => {
    const writers = Array.from({ length: WRITERS }, (_, index) => `w${index}`)
    await Promise.all(writers.map((writer) => liveAndDie(directory, writer, lives, heard, random)))
    const log = await openFileLog(directory)
    const records = (await readAll(log)).filter(({ type }) => type === 'writer.wrote')
    const stored = new Map(records.map(({ by, data, seq }) => [`${by} ${data['n']}`, seq]))
    assert.is(stored.size, records.length, 'an event is there twice')
    const lost = [...heard.acknowledged].filter(([id, sequence]) => stored.get(id) !== sequence)
    assert.equal(lost, [])
    assert.equal(
      [...stored.keys()].filter((id) => !heard.tried.has(id)),
      [],
      'nobody submitted these',
    )
    assert.ok(heard.acknowledged.size >= WRITERS * lives)
    assert.ok(
      (await log.append({ ts: '2026-01-08T12:45:32.000Z', type: 'a.b', by: 'x', data: {}, durable: true }, 'any'))
        .sequence > 0,
    )
    log.close()
    const report = await verifyLog(directory, tallyFold())
    assert.ok(report.ok, JSON.stringify(report))
    console.log(`\n${WRITERS * lives} kills, ${heard.acknowledged.size} acknowledged, ${records.length} stored, 0 lost`)
  })
})

kills.run()
