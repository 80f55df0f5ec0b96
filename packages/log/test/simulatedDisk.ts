import type { FileFacts, FileSystem, OpenWay } from '../src/fileSystem.js'

/**
 * A disk in memory that knows what would survive a power cut: of a file what was synced, of a folder the names that were
 * there when the folder was synced. Every call can be made to fail, to fall short, or to be the last one.
 */
interface FileNode {
  readonly kind: 'file'
  readonly inode: number
  mode: number
  data: Buffer
  /** What is on stable storage. */
  synced: Buffer
  /** After a sync that failed: bytes that no later sync brings to the disk, though it says so. */
  forgotten: { readonly from: number; readonly to: number } | undefined
  lockedBy: number | undefined
}

interface FolderNode {
  readonly kind: 'directory'
  readonly inode: number
  mode: number
  names: Map<string, Node>
  synced: Map<string, Node>
}

type Node = FileNode | FolderNode

interface Descriptor {
  readonly node: Node
  readonly path: string
  readonly way: OpenWay
  /** Where the last append ended. */
  writtenTo: number
}

/** What happens at a call: nothing, an error of the system, a write of so many bytes only, or the end of the world. */
export type Fault = { readonly code: string } | { readonly shortTo: number } | 'crash' | undefined

/** Decides at each call; `call` counts from 1. */
export type FaultPlan = (call: number, name: keyof FileSystem, path: string) => Fault

export class Crash extends Error {}

export interface SimulatedDisk {
  readonly fs: FileSystem
  /** Calls so far, of those that a plan is asked about. */
  calls(): number
  plan(plan: FaultPlan): void
  /** The plan as it is now. */
  asked(): FaultPlan
  /** The machine loses its power: a new disk with what is left. `chance` decides what of the unsynced survives. */
  powerCut(survival: Survival): SimulatedDisk
  /** The process is killed: its locks are free, everything written stays. */
  kill(): SimulatedDisk
}

/** none: only what was synced. random: of each unsynced page and name by chance, in no order. */
export type Survival = { readonly kind: 'none' } | { readonly kind: 'random'; readonly random: () => number }

/** Small, so that one record lies on several pages. */
const PAGE_BYTES = 64
const SECTOR_BYTES = 512

let lastInode = 1

function newFile(mode: number): FileNode {
  lastInode += 1
  return {
    kind: 'file',
    inode: lastInode,
    mode,
    data: Buffer.alloc(0),
    synced: Buffer.alloc(0),
    forgotten: undefined,
    lockedBy: undefined,
  }
}

function newFolder(mode: number): FolderNode {
  lastInode += 1
  return { kind: 'directory', inode: lastInode, mode, names: new Map(), synced: new Map() }
}

function systemError(code: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, syscall, path })
}

interface DiskState {
  readonly root: FolderNode
  readonly descriptors: Map<number, Descriptor>
  lastDescriptor: number
  calls: number
  isDead: boolean
  plan: FaultPlan
}

export function createDisk(root: FolderNode = newFolder(0o700)): SimulatedDisk {
  const state: DiskState = {
    root,
    descriptors: new Map(),
    lastDescriptor: 2,
    calls: 0,
    isDead: false,
    plan: () => undefined,
  }
  return {
    fs: { ...fileCalls(state), ...folderCalls(state), userId: () => 0, systemText: () => undefined },
    calls: () => state.calls,
    plan: (next) => {
      state.plan = next
    },
    asked: () => state.plan,
    powerCut: (survival) => createDisk(survivingFolder(root, survival)),
    kill: () => createDisk(copyFolder(root)),
  }
}

/** Asks the plan; returns to how many bytes a write is to fall short. */
function fault(state: DiskState, name: keyof FileSystem, path: string): number | undefined {
  if (state.isDead) throw new Crash('after the crash')
  state.calls += 1
  const what = state.plan(state.calls, name, path)
  if (what === undefined) return undefined
  if (what === 'crash') {
    state.isDead = true
    throw new Crash(`at call ${state.calls}, ${name} ${path}`)
  }
  if ('code' in what) throw systemError(what.code, name, path)
  return what.shortTo
}

const partsOf = (path: string) => path.split('/').filter((piece) => piece !== '' && piece !== '.')

function find(state: DiskState, path: string): Node | undefined {
  let node: Node | undefined = state.root
  for (const part of partsOf(path)) node = node?.kind === 'directory' ? node.names.get(part) : undefined
  return node
}

function folderOf(state: DiskState, path: string): [FolderNode, string] {
  const parts = partsOf(path)
  const name = parts.pop() ?? ''
  const folder = find(state, parts.join('/'))
  if (folder?.kind !== 'directory') throw systemError('ENOENT', 'lookup', path)
  return [folder, name]
}

function nodeOf(state: DiskState, descriptor: number): Node {
  const opened = state.descriptors.get(descriptor)
  if (opened === undefined) throw systemError('EBADF', 'descriptor', String(descriptor))
  return opened.node
}

function pathOf(state: DiskState, descriptor: number): string {
  return state.descriptors.get(descriptor)?.path ?? String(descriptor)
}

function fileOf(state: DiskState, descriptor: number): FileNode {
  const node = nodeOf(state, descriptor)
  if (node.kind !== 'file') throw systemError('EISDIR', 'descriptor', String(descriptor))
  return node
}

function openNode(state: DiskState, path: string, way: OpenWay): number {
  fault(state, 'open', path)
  const found = find(state, path)
  if (found !== undefined && way === 'create') throw systemError('EEXIST', 'open', path)
  if (found === undefined && way === 'read') throw systemError('ENOENT', 'open', path)
  const node = found ?? newFile(0o600)
  if (found === undefined) {
    const [folder, name] = folderOf(state, path)
    folder.names.set(name, node)
  }
  state.lastDescriptor += 1
  state.descriptors.set(state.lastDescriptor, { node, path, way, writtenTo: 0 })
  return state.lastDescriptor
}

function writeBytes(state: DiskState, descriptor: number, bytes: Uint8Array, position: number | 'end'): number {
  const file = fileOf(state, descriptor)
  const shortTo = fault(state, 'write', pathOf(state, descriptor))
  const written = bytes.subarray(0, Math.min(shortTo ?? bytes.length, bytes.length))
  const opened = state.descriptors.get(descriptor)
  const at = opened?.way === 'update' && position !== 'end' ? position : file.data.length
  const data = Buffer.alloc(Math.max(file.data.length, at + written.length))
  file.data.copy(data)
  data.set(written, at)
  file.data = data
  if (opened !== undefined && position === 'end') opened.writtenTo = at + written.length
  return written.length
}

/** As Linux does it: a failed sync marks the pages as clean, and the next one, with nothing to do, succeeds. */
function syncFile(state: DiskState, name: keyof FileSystem, descriptor: number, file: FileNode): void {
  try {
    fault(state, name, pathOf(state, descriptor))
  } catch (error) {
    if (!(error instanceof Crash)) file.forgotten = { from: file.synced.length, to: file.data.length }
    throw error
  }
  file.synced = Buffer.from(file.data)
  if (file.forgotten !== undefined) {
    const { from, to } = file.forgotten
    file.synced.fill(0, Math.min(from, file.synced.length), Math.min(to, file.synced.length))
  }
}

type FileCalls = Omit<FileSystem, keyof FolderCalls | 'userId' | 'systemText'>
type FolderCalls = Pick<FileSystem, 'facts' | 'list' | 'makeDirectory' | 'rename' | 'remove'>

function fileCalls(state: DiskState): FileCalls {
  return {
    open: (path, way) => openNode(state, path, way),
    close: (descriptor) => {
      if (state.isDead) throw new Crash('after the crash')
      const node = nodeOf(state, descriptor)
      const path = pathOf(state, descriptor)
      state.descriptors.delete(descriptor)
      if (node.kind === 'file' && node.lockedBy === descriptor) node.lockedBy = undefined
      fault(state, 'close', path)
    },
    read: (descriptor, target, length, position) => {
      fault(state, 'read', pathOf(state, descriptor))
      const part = fileOf(state, descriptor).data.subarray(position, position + length)
      target.set(part)
      return part.length
    },
    write: (descriptor, bytes, position) => writeBytes(state, descriptor, bytes, position),
    writtenTo: (descriptor) => {
      fault(state, 'writtenTo', pathOf(state, descriptor))
      return state.descriptors.get(descriptor)?.writtenTo ?? 0
    },
    truncate: (descriptor, size) => {
      fault(state, 'truncate', pathOf(state, descriptor))
      const file = fileOf(state, descriptor)
      const data = Buffer.alloc(size)
      file.data.copy(data)
      file.data = data
    },
    syncData: (descriptor) => {
      syncFile(state, 'syncData', descriptor, fileOf(state, descriptor))
    },
    sync: (descriptor) => {
      const node = nodeOf(state, descriptor)
      if (node.kind === 'file') return syncFile(state, 'sync', descriptor, node)
      fault(state, 'sync', pathOf(state, descriptor))
      node.synced = new Map(node.names)
    },
    factsOf: (descriptor) => {
      fault(state, 'factsOf', pathOf(state, descriptor))
      return factsFrom(nodeOf(state, descriptor))
    },
    size: (descriptor) => {
      fault(state, 'size', pathOf(state, descriptor))
      return fileOf(state, descriptor).data.length
    },
    tryLock: (descriptor) => {
      fault(state, 'tryLock', pathOf(state, descriptor))
      const file = fileOf(state, descriptor)
      if (file.lockedBy !== undefined && file.lockedBy !== descriptor) return false
      file.lockedBy = descriptor
      return true
    },
    unlock: (descriptor) => {
      fault(state, 'unlock', pathOf(state, descriptor))
      fileOf(state, descriptor).lockedBy = undefined
    },
  }
}

function folderCalls(state: DiskState): FolderCalls {
  return {
    facts: (path) => {
      fault(state, 'facts', path)
      const node = find(state, path)
      return node === undefined ? undefined : factsFrom(node)
    },
    list: (path) => {
      fault(state, 'list', path)
      const node = find(state, path)
      return node?.kind === 'directory' ? [...node.names.keys()] : undefined
    },
    makeDirectory: (path, mode) => {
      fault(state, 'makeDirectory', path)
      const [folder, name] = folderOf(state, path)
      if (folder.names.has(name)) return false
      folder.names.set(name, newFolder(mode))
      return true
    },
    rename: (from, to) => {
      fault(state, 'rename', from)
      const [oldFolder, oldName] = folderOf(state, from)
      const [folder, name] = folderOf(state, to)
      const node = oldFolder.names.get(oldName)
      if (node === undefined) throw systemError('ENOENT', 'rename', from)
      oldFolder.names.delete(oldName)
      folder.names.set(name, node)
    },
    remove: (path) => {
      fault(state, 'remove', path)
      const [folder, name] = folderOf(state, path)
      if (!folder.names.delete(name)) throw systemError('ENOENT', 'remove', path)
    },
  }
}

function factsFrom(node: Node): FileFacts {
  const size = node.kind === 'file' ? node.data.length : 0
  return { kind: node.kind, device: 1, inode: node.inode, size, mode: node.mode, userId: 0 }
}

/** Everything as it is, synced or not as it was. */
function copyFolder(folder: FolderNode): FolderNode {
  const copies = new Map<Node, Node>()
  const copy = (node: Node): Node => {
    const known = copies.get(node)
    if (known !== undefined) return known
    const made: Node =
      node.kind === 'file' ? { ...node, lockedBy: undefined } : { ...node, names: new Map(), synced: new Map() }
    copies.set(node, made)
    if (node.kind === 'directory' && made.kind === 'directory') {
      for (const [name, child] of node.names) made.names.set(name, copy(child))
      for (const [name, child] of node.synced) made.synced.set(name, copy(child))
    }
    return made
  }
  const root = copy(folder)
  return root.kind === 'directory' ? root : folder
}

function survivingFolder(folder: FolderNode, survival: Survival): FolderNode {
  const names = new Map<string, Node>()
  for (const name of new Set([...folder.names.keys(), ...folder.synced.keys()])) {
    const [now, then] = [folder.names.get(name), folder.synced.get(name)]
    const takesNew = survival.kind === 'random' && now !== then && survival.random() < 0.5
    const node = takesNew ? now : then
    if (node !== undefined) names.set(name, surviving(node, survival))
  }
  return { ...folder, names, synced: new Map(names) }
}

function surviving(node: Node, survival: Survival): Node {
  if (node.kind === 'directory') return survivingFolder(node, survival)
  const data = survivingData(node, survival)
  return { ...node, data, synced: Buffer.from(data), forgotten: undefined, lockedBy: undefined }
}

/**
 * Each page by itself is the old one, the new one, or never written: then it reads as NUL bytes. What was overwritten
 * in place within one sector is the old or the new, as docs/crash-safety.md assumes.
 */
function survivingData(file: FileNode, survival: Survival): Buffer {
  if (survival.kind === 'none' || file.data.equals(file.synced)) return Buffer.from(file.synced)
  const { random } = survival
  const isOneSector = file.data.length === file.synced.length && file.data.length <= SECTOR_BYTES
  if (isOneSector) return Buffer.from(random() < 0.5 ? file.data : file.synced)
  const least = Math.min(file.data.length, file.synced.length)
  const most = Math.max(file.data.length, file.synced.length)
  const size = random() < 0.5 ? file.data.length : least + Math.floor(random() * (most - least + 1))
  const data = Buffer.alloc(size)
  for (let at = 0; at < size; at += PAGE_BYTES) {
    const source = random() < 0.6 ? file.data : file.synced
    data.set(source.subarray(at, Math.min(at + PAGE_BYTES, size)), at)
  }
  return data
}
