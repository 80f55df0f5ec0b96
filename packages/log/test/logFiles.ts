import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFileLog } from '../src/fileLog.js'
import { appendSamples } from './sample.js'
import { scratchDirectory } from './scratch.js'

/** The files of one log, to be damaged by hand. */
export interface LogFiles {
  readonly directory: string
  readonly lock: string
  /** Paths of the segments, oldest first. */
  segments(): string[]
  tail(): string
  /** Lines of a segment with their newlines. */
  lines(segment: string): Buffer[]
  quarantined(): Buffer[]
}

export function logFiles(directory: string): LogFiles {
  const namesIn = (folder: string) => readdirSync(join(directory, folder)).sort()
  const segments = () => namesIn('segments').map((name) => join(directory, 'segments', name))
  return {
    directory,
    lock: join(directory, 'lock'),
    segments,
    tail: () => segments().at(-1) ?? '',
    lines: (segment) => splitLines(readFileSync(segment)),
    quarantined: () => {
      mkdirSync(join(directory, 'quarantine'), { recursive: true })
      return namesIn('quarantine').map((name) => readFileSync(join(directory, 'quarantine', name)))
    },
  }
}

export function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start)
    const end = newline < 0 ? bytes.length : newline + 1
    lines.push(bytes.subarray(start, end))
    start = end
  }
  return lines
}

/** Nine events in three segments of three, closed. */
export const THREE_SEGMENTS = { segmentBytesMax: 560, events: 9, eighthBytes: 161, ninthBytes: 170 }

export async function threeSegments(): Promise<LogFiles> {
  const directory = scratchDirectory()
  const log = await openFileLog(directory, { segmentBytesMax: THREE_SEGMENTS.segmentBytesMax })
  await appendSamples(log, THREE_SEGMENTS.events)
  log.close()
  const files = logFiles(directory)
  const counts = files.segments().map((segment) => files.lines(segment).length)
  if (counts.join() !== '3,3,3') throw new Error(`the sample log has segments of ${counts.join()}`)
  const lengths = files.lines(files.tail()).map((line) => line.length)
  if (lengths[1] !== THREE_SEGMENTS.eighthBytes || lengths[2] !== THREE_SEGMENTS.ninthBytes) {
    throw new Error(`the last lines have ${lengths.join()} bytes`)
  }
  return files
}

export function chop(path: string, bytes: number): void {
  truncateSync(path, readFileSync(path).length - bytes)
}

/** Changes one byte, counted from the start, or from the end if negative. */
export function flip(path: string, at: number, mask = 1): void {
  const bytes = readFileSync(path)
  const index = at < 0 ? bytes.length + at : at
  bytes[index] = (bytes[index] ?? 0) ^ mask
  writeFileSync(path, bytes)
}

export function addBytes(path: string, bytes: Buffer | string): void {
  writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from(bytes)]))
}

export function writeLines(path: string, lines: readonly Buffer[]): void {
  writeFileSync(path, Buffer.concat(lines))
}

export function removeFile(path: string): void {
  rmSync(path)
}
