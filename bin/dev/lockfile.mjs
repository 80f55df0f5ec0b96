// One set-up at a time, without flock: fs-ext is what the set-up has yet to compile. The lock is a file made by link(2) that
// names its owner; an owner that is gone, or that lived before this boot, has lost it. It guards a set-up whose steps are safe
// to repeat, so the rest of a race (three processes inside microseconds, after a crash) costs a repeated step and no more.

import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { uptime } from 'node:os'

const pollMs = 200
/** Longer than any set-up takes; after it a person has to look. */
const deadlineMs = 15 * 60_000

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error.code === 'ESRCH') return false
    if (error.code === 'EPERM') return true
    throw error
  }
}

function owner(file) {
  try {
    const text = readFileSync(file, 'utf8')
    const beforeBoot = statSync(file).mtimeMs < Date.now() - uptime() * 1000
    return { text, pid: Number(text), alive: !beforeBoot && isAlive(Number(text)) }
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function take(file) {
  const aside = `${file}.${process.pid}`
  writeFileSync(aside, String(process.pid))
  try {
    linkSync(aside, file)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(aside)
  }
}

/** Moves a dead owner's lock away. If it was another's by then, it is put back. */
function clear(file, dead) {
  const aside = `${file}.dead.${process.pid}`
  try {
    renameSync(file, aside)
    if (readFileSync(aside, 'utf8') !== dead.text) linkSync(aside, file)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  }
  rmSync(aside, { force: true })
}

/**
 * Waits until the lock is ours and returns undefined; after 15 minutes it gives up and returns the holder's pid.
 * `waiting(pid)` is called once if it is another's.
 */
export function acquire(file, waiting) {
  const end = Date.now() + deadlineMs
  for (let told = false; !take(file); ) {
    const holder = owner(file)
    if (holder && !holder.alive) clear(file, holder)
    if (!holder?.alive) continue
    if (Date.now() > end) return holder.pid
    if (!told) waiting(holder.pid)
    told = true
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pollMs)
  }
  return undefined
}

export function release(file) {
  rmSync(file, { force: true })
}
