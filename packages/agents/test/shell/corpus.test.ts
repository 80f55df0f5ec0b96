import { readFileSync, rmSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { findPlace } from '@coordlog/runtime/place'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writesOf } from '../../src/shell/analysis.js'
import { mayWrite } from '../../src/shell/readOnly.js'
import { surroundingsOf } from '../../src/shell/surroundings.js'
import type { Dialect, Target, Writes } from '../../src/shell/writes.js'
import { corpusRepository } from './corpusRepository.js'

/**
 * Commands as agents run them, and what each of them writes: worked out by hand. `writes`: for certain, so that an edit of a file
 * that another session holds is refused; `maybe`: it is let through and told. A folder ends in "/". `uses`: resources.
 */
interface Row {
  run: string
  dialect?: Dialect
  writes?: string[]
  maybe?: string[]
  uses?: string[]
}

const test = suite('corpus of shell commands')
const corpusFile = resolve(import.meta.dirname, '../../../test/shell/corpus.json')
const corpus: Row[] = JSON.parse(readFileSync(corpusFile, 'utf8'))
const top = corpusRepository()
test.after(() => rmSync(top, { recursive: true }))

function found({ run, dialect = 'posix' }: Row): Writes {
  const place = findPlace({ cwd: top, env: {} })
  return writesOf(run, dialect, surroundingsOf(place, top, { HOME: '/home/dev' }))
}

/** As the corpus writes it; undefined: not in the repository. */
function label({ path, reach, act }: Target): string | undefined {
  const name = relative(top, path)
  if (name.startsWith('..')) return undefined
  const place = reach === 'file' ? name : name === '' ? './' : `${name}/`
  return act === 'stage' ? `stage:${place}` : place
}

function labels(targets: readonly Target[]): string[] {
  return targets.flatMap((target) => label(target) ?? [])
}

interface Score {
  refusable: number
  rightly: number
  expected: number
  hit: number
  faults: string[]
}

function scoreOf(rows: readonly Row[]): Score {
  const score: Score = { refusable: 0, rightly: 0, expected: 0, hit: 0, faults: [] }
  for (const row of rows) {
    const { targets, resources } = found(row)
    const sure = [...labels(targets.filter((target) => target.sure)), ...resources.map(({ name }) => name)]
    const all = [...labels(targets), ...resources.map(({ name }) => name)]
    const wanted = [...(row.writes ?? []), ...(row.uses ?? [])]
    const wrong = sure.filter((name) => !wanted.includes(name))
    const missed = [
      ...wanted.filter((name) => !sure.includes(name)),
      ...(row.maybe ?? []).filter((name) => !all.includes(name)),
    ]
    score.refusable += sure.length
    score.rightly += sure.length - wrong.length
    score.expected += wanted.length + (row.maybe ?? []).length
    score.hit += wanted.length + (row.maybe ?? []).length - missed.length
    if (wrong.length + missed.length > 0) {
      score.faults.push(
        `${JSON.stringify(row.run)}: wrongly ${wrong.join(', ') || '-'}; missed ${missed.join(', ') || '-'}`,
      )
    }
  }
  return score
}

test('it is large, and each command stands in it once', () => {
  assert.ok(corpus.length >= 200, String(corpus.length))
  assert.is(new Set(corpus.map(({ run }) => run)).size, corpus.length)
})

test('precision on refusals at least 0.98, recall at least 0.9', () => {
  const { refusable, rightly, expected, hit, faults } = scoreOf(corpus)
  const precision = rightly / refusable
  const recall = hit / expected
  process.stdout.write(
    `corpus: ${corpus.length} commands; precision ${precision.toFixed(4)} (${rightly} of ${refusable}), ` +
      `recall ${recall.toFixed(4)} (${hit} of ${expected})\n${faults.map((fault) => `  ${fault}\n`).join('')}`,
  )
  assert.ok(precision >= 0.98, `precision ${precision}\n${faults.join('\n')}`)
  assert.ok(recall >= 0.9, `recall ${recall}\n${faults.join('\n')}`)
})

test('the cheap look lets through nothing that writes', () => {
  for (const row of corpus) {
    if (row.dialect === 'powershell' || mayWrite(row.run)) continue
    const { targets, resources, opaque } = found(row)
    assert.equal(
      [targets, resources, opaque, row.writes, row.maybe, row.uses],
      [[], [], false, undefined, undefined, undefined],
      row.run,
    )
  }
  const reading = corpus.filter((row) => !row.writes && !row.maybe && !row.uses && row.dialect !== 'powershell')
  const idle = reading.filter(({ run }) => !mayWrite(run))
  process.stdout.write(`${idle.length} of ${reading.length} commands that write nothing here need no parser\n`)
  assert.ok(idle.length > 40, String(idle.length))
})

test.run()
