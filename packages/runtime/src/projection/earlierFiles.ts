import { lstatSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn, textIfThere } from './worktrees.js'

/** What stands where coordlog writes, and is not from it: it is kept, and a line says where. */

const names = ['work-registry.json', 'decision-log.json', 'locks', 'heartbeats']

/** Where files that were there before are kept: `coord import` reads it. */
const earlierFolderPrefix = 'before-coordlog-'

/** Before the first write into a worktree: the files of the system that was there before, all of them together. */
export function setAsideEarlierFiles(folder: string, at: string): string | undefined {
  const there = names.filter((name) => lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined)
  if (there.every((name) => isEmptyFolder(join(folder, name))) || isFromCoordlog(folder)) return undefined
  const kept = freeName(join(folder, `${earlierFolderPrefix}${stamp(at)}`), '')
  mkdirSync(kept)
  for (const name of there) renameSync(join(folder, name), join(kept, name))
  return kept
}

/** Its own registry says of which event it is the fold; only the marker was lost. */
function isFromCoordlog(folder: string): boolean {
  return /"sequence": \d+,/.test(textIfThere(join(folder, 'work-registry.json')) ?? '')
}

function isEmptyFolder(path: string): boolean {
  return lstatSync(path).isDirectory() && namesIn(path).length === 0
}

export function setAsideEdit(folder: string, file: string, at: string): string {
  const kept = freeName(join(folder, `decision-log.edited-${stamp(at)}`), '.json')
  renameSync(file, kept)
  return kept
}

/** 20260108T124532Z */
function stamp(at: string): string {
  return at.replace(/\.\d+/, '').replaceAll(/[-:]/g, '')
}

function freeName(stem: string, extension: string): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? stem + extension : `${stem}-${count}${extension}`
    if (lstatSync(name, { throwIfNoEntry: false }) === undefined) return name
  }
}
