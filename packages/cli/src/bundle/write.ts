import { closeSync, createWriteStream, mkdtempSync, openSync, rmSync, statSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { excerptOf } from '@coordlog/log/excerpt'
import { verifyLog } from '@coordlog/log/verify'
import { type Coordination, fold } from '@coordlog/runtime/coordination'
import type { Call, GlobalValues } from '../define.js'
import { examine } from '../doctor/examine.js'
import { progressOn } from '../output/progress.js'
import { doctorOf, hooksLogTail, type Look, readme, settingsOf, verdictOf, versionsOf } from './contents.js'
import { writeRedactedLog } from './redactedLog.js'
import { type TarEntry, tarOf } from './tar.js'

export interface Wanted {
  readonly isRedacted: boolean
  /** At least so many of the last events. */
  readonly last: number
  /** undefined: one that is named by the time, in the working folder. */
  readonly file: string | undefined
}

export interface Bundled {
  readonly file: string
  readonly bytes: number
  readonly redacted: boolean
  readonly firstSequence: number
  readonly sequence: number
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
}

/** Writes a new file; one that is there is not written over. */
export async function bundleInto(
  call: Call<GlobalValues>,
  coordination: Coordination,
  { isRedacted, last, file }: Wanted,
): Promise<Bundled> {
  const { context } = call
  const now = context.clock.now()
  const stamp = now.replaceAll(/[-:]|\..*/g, '').replace('T', '-')
  const name = `coordlog-bundle-${stamp}${isRedacted ? '-redacted' : ''}`
  const target = file ?? resolve(context.cwd, `${name}.tar.gz`)
  const staging = isRedacted ? mkdtempSync(join(tmpdir(), 'coordlog-bundle-')) : undefined
  const progress = progressOn(call, 'events')
  try {
    const bundling: Bundling = { ...progress, call, coordination, name, now, last, isRedacted, staging }
    const files: { path: string; bytes: number }[] = []
    const described = await describe(bundling)
    const tar = tarOf(noting(entriesOf(described), name, files), now)
    await writeNew(target, (output) => pipeline(Readable.from(tar), createGzip(), output, { signal: context.signal }))
    const { firstSequence, sequence } = described
    return { file: target, bytes: statSync(target).size, redacted: isRedacted, firstSequence, sequence, files }
  } finally {
    await progress.done()
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true })
  }
}

/** A file that could not be written to its end does not stay. */
async function writeNew(target: string, write: (output: Writable) => Promise<void>): Promise<void> {
  closeSync(openSync(target, 'wx', 0o600))
  try {
    await write(createWriteStream(target, { flags: 'r+' }))
  } catch (error) {
    rmSync(target, { force: true })
    throw error
  }
}

interface Bundling extends ReturnType<typeof progressOn> {
  readonly call: Call<GlobalValues>
  readonly coordination: Coordination
  readonly name: string
  readonly now: string
  readonly last: number
  readonly isRedacted: boolean
  readonly staging: string | undefined
}

interface Described {
  readonly firstSequence: number
  readonly sequence: number
  readonly texts: readonly TarEntry[]
  readonly log: AsyncIterable<TarEntry>
}

/** Everything but the log itself, which is read while the file is written. */
async function describe(bundling: Bundling): Promise<Described> {
  const { call, coordination, name, now, last, isRedacted, staging, onProgress } = bundling
  const { place } = coordination
  const { context } = call
  const look: Look = { place, context, isRedacted }
  const report = await verifyLog(place.directory, fold, { onProgress })
  const { sequence } = report
  const from = Math.max(1, sequence - last + 1)
  const checks = await examine({ place, context, home: context.env['HOME'] || homedir() })
  const source = staging === undefined ? place.directory : join(staging, 'log')
  if (staging !== undefined) {
    await writeRedactedLog(coordination.log, place.directory, source, from, (done) => onProgress(done, sequence))
  }
  const excerpt = await excerptOf(source, fold, from)
  const { firstSequence } = excerpt
  const about = { kind: 'coordlog bundle', v: 1, at: now, redacted: isRedacted, firstSequence, sequence }
  const texts = [
    { path: 'README.txt', bytes: Buffer.from(readme(name, isRedacted, report.damage !== undefined)) },
    document('bundle.json', { ...about, versions: versionsOf(look) }),
    document('verify.json', verdictOf(look, report)),
    document('doctor.json', doctorOf(look, checks)),
    document('config.json', settingsOf(look)),
    { path: 'hooks.log', bytes: Buffer.from(hooksLogTail(look)) },
  ]
  return { firstSequence, sequence, texts, log: excerpt.files }
}

function document(path: string, value: object): TarEntry {
  return { path, bytes: Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`) }
}

async function* entriesOf({ texts, log }: Described): AsyncGenerator<TarEntry> {
  yield* texts
  for await (const { path, bytes } of log) yield { path: `coordlog/${path}`, bytes }
}

async function* noting(
  entries: AsyncIterable<TarEntry>,
  folder: string,
  files: { path: string; bytes: number }[],
): AsyncGenerator<TarEntry> {
  for await (const { path, bytes } of entries) {
    files.push({ path, bytes: bytes.length })
    yield { path: `${folder}/${path}`, bytes }
  }
}
