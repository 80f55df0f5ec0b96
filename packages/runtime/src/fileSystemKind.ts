import { readFileSync, statfsSync } from 'node:fs'
import { deepestExisting, isAbsence } from './place.js'
import { RuntimeProblem } from './problems.js'

/** What lies under a folder, as far as it matters to a log: whether flock and fsync hold there. */
export interface FileSystemKind {
  name: string
  concern?: string
  /** Other machines may write to it, and our flock need not stop them. */
  isShared: boolean
}

const local = (name: string, concern?: string): FileSystemKind => ({
  name,
  ...(concern !== undefined && { concern }),
  isShared: false,
})
const shared = (name: string, concern: string): FileSystemKind => ({ name, concern, isShared: true })

const fuse = 0x65735546

/** By the magic numbers of statfs(2) on Linux; only those that matter here. */
const kinds: ReadonlyMap<number, FileSystemKind> = new Map([
  [0xef53, local('ext4')],
  [0x58465342, local('xfs')],
  [0x9123683e, local('btrfs')],
  [0x2fc12fc1, local('zfs')],
  [0x794c7630, local('overlayfs')],
  [0x01021994, local('tmpfs', 'it is gone after a restart')],
  [0x6969, shared('nfs', 'flock between machines depends on server and mount')],
  [0xff534d42, shared('cifs', 'flock and fsync do not hold what they promise there')],
  [0xfe534d42, shared('smb', 'flock and fsync do not hold what they promise there')],
  [0x01021997, shared('9p', 'flock does not reach the host and its other guests')],
  [fuse, local('fuse', 'flock and fsync depend on the program behind it')],
])

/** `magic` and `mounts` (/proc/self/mountinfo) are asked of the system; they are given in tests. */
export function kindOf(folder: string, magic: number, mounts: () => string): FileSystemKind {
  const known = kinds.get(magic) ?? local(`type 0x${magic.toString(16)}`)
  if (magic !== fuse || mountedAs(folder, mounts()) !== 'virtiofs') return known
  return shared('virtiofs', 'flock does not reach the host and its other guests')
}

/** The type of the mount that a real path lies in: proc(5), the word after " - ". */
function mountedAs(folder: string, mounts: string): string | undefined {
  let best: { length: number; type: string | undefined } = { length: 0, type: undefined }
  for (const line of mounts.split('\n')) {
    const [mount = '', rest = ''] = line.split(' - ')
    const point = (mount.split(' ')[4] ?? '').replaceAll('\\040', ' ')
    const isAbove = point === '/' || folder === point || folder.startsWith(`${point}/`)
    if (point !== '' && isAbove && point.length >= best.length)
      best = { length: point.length, type: rest.split(' ')[0] }
  }
  return best.type
}

/** undefined where the system has no such numbers (other than Linux). */
export function fileSystemUnder(path: string): FileSystemKind | undefined {
  if (process.platform !== 'linux') return undefined
  const folder = deepestExisting(path)
  return kindOf(folder, statfsSync(folder).type, () => {
    try {
      return readFileSync('/proc/self/mountinfo', 'utf8')
    } catch (error) {
      if (isAbsence(error)) return ''
      throw error
    }
  })
}

/** Two machines with one log would have two locks. Whoever knows that only one writes may allow it. */
export function refuseShared(directory: string, kind: FileSystemKind | undefined): void {
  if (kind === undefined || !kind.isShared) return
  throw new RuntimeProblem(
    'unsafe',
    `${directory} lies on a file system that machines share (${kind.name}): ${kind.concern}. Nothing was recorded. ` +
      'If only one machine writes there: coord config set log.networkFs allow, or --allow-network-fs for one command. ' +
      'Else give a local directory: COORD_DIR or --dir.',
    { directory, fileSystem: kind.name },
  )
}
