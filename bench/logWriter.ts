import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import type { DomainEvent } from '@coordlog/coordination/events'
import { fold } from '@coordlog/coordination/fold'
import type { State } from '@coordlog/coordination/state'
import type { JsonObject, NewEvent } from '@coordlog/log/contract'
import { type Places, placesOf, segmentPath } from '@coordlog/log/directory'
import { realFileSystem } from '@coordlog/log/fileSystem'
import { DIRECTORY_MODE, FILE_MODE, NOTE_BYTES, SEGMENT_BYTES_MAX } from '@coordlog/log/format'
import { loadHash } from '@coordlog/log/hash'
import { encodeNote } from '@coordlog/log/headNote'
import { encodeRecord } from '@coordlog/log/record'
import { writeSnapshot } from '@coordlog/log/snapshot'
import { genesis, type Position } from '@coordlog/log/walk'

/**
 * Writes a log of millions of events in the engine's own encoding, but many records with one write: what a directory
 * looks like after years, made in a minute. Nobody else may use the directory meanwhile.
 */
export interface LogWriter {
  add(event: DomainEvent): void
  /** A snapshot of the fold of everything added so far. */
  snapshot(state: State): void
  /** Writes what is left, and the note beside the lock. */
  finish(): void
}

const WRITE_BYTES = 1024 * 1024

interface Writing {
  readonly places: Places
  readonly position: Position
  readonly pending: Buffer
  pendingBytes: number
  descriptor: number
}

export async function createLogWriter(directory: string): Promise<LogWriter> {
  await loadHash()
  const places = placesOf(directory)
  for (const folder of [places.root, places.segments]) mkdirSync(folder, { mode: DIRECTORY_MODE, recursive: true })
  const writing: Writing = {
    places,
    position: genesis(),
    pending: Buffer.allocUnsafe(WRITE_BYTES),
    pendingBytes: 0,
    descriptor: openSegment(places, 1),
  }
  return {
    add: (event) => add(writing, event),
    snapshot: (state) => {
      flush(writing)
      writeSnapshot(realFileSystem, places, { ...writing.position }, fold, state)
    },
    finish: () => finish(writing),
  }
}

function openSegment(places: Places, first: number): number {
  return openSync(segmentPath(places, first), 'wx', FILE_MODE)
}

/** The event as a log takes it. */
export function asNewEvent(event: DomainEvent): NewEvent {
  // As a log would get it: plain JSON.
  const data: JsonObject = JSON.parse(JSON.stringify(event.data))
  return { type: event.type, ts: event.ts, by: event.by, data, durable: event.durable }
}

function add(writing: Writing, event: DomainEvent): void {
  const { position } = writing
  const data: JsonObject = { ...event.data }
  const { bytes, hash } = encodeRecord({ ...event, data }, position.sequence + 1, position.hash)
  if (position.offset > 0 && position.offset + bytes.length > SEGMENT_BYTES_MAX) rotate(writing)
  if (writing.pendingBytes + bytes.length > WRITE_BYTES) flush(writing)
  writing.pendingBytes += bytes.copy(writing.pending, writing.pendingBytes)
  position.sequence += 1
  position.hash = hash
  position.offset += bytes.length
}

function rotate(writing: Writing): void {
  flush(writing)
  closeSync(writing.descriptor)
  const { position } = writing
  position.segment = position.sequence + 1
  position.offset = 0
  writing.descriptor = openSegment(writing.places, position.segment)
}

function flush(writing: Writing): void {
  for (let at = 0; at < writing.pendingBytes; ) {
    at += writeSync(writing.descriptor, writing.pending, at, writing.pendingBytes - at)
  }
  writing.pendingBytes = 0
}

function finish(writing: Writing): void {
  flush(writing)
  closeSync(writing.descriptor)
  const bootId = realFileSystem.systemText('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unnamed'
  const note = Buffer.alloc(NOTE_BYTES)
  const { position } = writing
  const durableSequence = position.sequence
  encodeNote({ ...position, durableSequence, bootId, processId: process.pid, phase: 'rest' }, note)
  writeFileSync(writing.places.lock, note, { mode: FILE_MODE })
}
