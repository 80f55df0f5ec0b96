import { randomBytes } from 'node:crypto'
import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { isSystemError, LogError } from '@coordlog/log/errors'
import { loadFlock, realFileSystem } from '@coordlog/log/fileSystem'
import { readConfig } from '@coordlog/runtime/config'
import { fileSystemUnder } from '@coordlog/runtime/fileSystemKind'
import { deepestExisting } from '@coordlog/runtime/place'
import { shellWord } from '../output/shellWord.js'
import { type Check, fault, ok, type Patient, warn } from './check.js'

/** Node, the native lock, the coordination directory, the file system under it. */

export function nodeCheck(): Check {
  const { node } = process.versions
  if (Number.parseInt(node, 10) >= 20) return ok('node', `Node ${node}`)
  return fault('node', `Node ${node}; coordlog needs 20 or newer`, 'node --version')
}

/** Two descriptors of one file: the second must not get the lock while the first has it. */
export async function flockCheck({ place }: Patient): Promise<Check> {
  const folder = deepestExisting(place.directory)
  const file = join(folder, `.doctor-${randomBytes(6).toString('hex')}`)
  await loadFlock()
  try {
    const first = realFileSystem.open(file, 'create')
    const second = realFileSystem.open(file, 'read')
    try {
      const isHad = realFileSystem.tryLock(first)
      const isHadTwice = realFileSystem.tryLock(second)
      if (isHad && !isHadTwice) return ok('flock', `fs-ext loads, and flock excludes in ${shown(folder)}`)
      return fault(
        'flock',
        `flock does not exclude in ${shown(folder)}: two holders at once. Put the log on a local disk.`,
      )
    } finally {
      realFileSystem.close(first)
      realFileSystem.close(second)
      realFileSystem.remove(file)
    }
  } catch (error) {
    if (error instanceof LogError) return fault('flock', shown(error.message), 'npm rebuild fs-ext')
    if (!isSystemError(error)) throw error
    return fault(
      'flock',
      `${error.code} in ${shown(folder)}: nothing can be written there`,
      `ls -ld ${shellWord(folder)}`,
    )
  }
}

/** Who could read or change the log. */
export function directoryCheck({ place }: Patient): Check {
  const { directory } = place
  const facts = realFileSystem.facts(directory)
  const look = `ls -ld ${shellWord(directory)}`
  if (facts === undefined) return ok('directory', `${shown(directory)} is not there yet; the first record makes it`)
  if (facts.kind !== 'directory')
    return fault('directory', `${shown(directory)} is not a folder of its own but a ${facts.kind}`, look)
  if (facts.userId !== realFileSystem.userId()) {
    return fault(
      'directory',
      `${shown(directory)} belongs to user ${facts.userId}, and you are user ${realFileSystem.userId()}`,
      look,
    )
  }
  const mode = facts.mode.toString(8)
  const mend = `chmod 700 ${shellWord(directory)}`
  if ((facts.mode & 0o002) !== 0)
    return fault('directory', `${shown(directory)} has mode ${mode}: everybody can write`, mend)
  if ((facts.mode & 0o077) !== 0)
    return warn('directory', `${shown(directory)} has mode ${mode}: others can read or write`, mend)
  return ok('directory', `${shown(directory)}, mode ${mode}, yours`)
}

/** `under` is another answer in tests. */
export function fileSystemCheck({ place }: Pick<Patient, 'place'>, under = fileSystemUnder): Check {
  const folder = deepestExisting(place.directory)
  const kind = under(folder)
  if (kind === undefined) return ok('file system', `type ${statfsSync(folder).type} under ${shown(folder)}`)
  if (kind.concern === undefined) return ok('file system', kind.name)
  const allowed =
    kind.isShared && readConfig(place).config.log.networkFs === 'allow' ? '; allowed by log.networkFs' : ''
  return warn(
    'file system',
    `${kind.name} under ${shown(folder)}: ${kind.concern}${allowed}`,
    `df -T ${shellWord(folder)}`,
  )
}
