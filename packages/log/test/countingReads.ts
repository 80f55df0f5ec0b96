import { type FileSystem, realFileSystem } from '../src/fileSystem.js'

/** The real disk, and how many bytes were read of segments. */
export function countingReads() {
  const segments = new Set<number>()
  const counted = { bytes: 0 }
  const fs: FileSystem = {
    ...realFileSystem,
    open: (path, way) => {
      const descriptor = realFileSystem.open(path, way)
      if (path.endsWith('.ndjson')) segments.add(descriptor)
      else segments.delete(descriptor)
      return descriptor
    },
    read: (descriptor, target, length, offset) => {
      const count = realFileSystem.read(descriptor, target, length, offset)
      if (segments.has(descriptor)) counted.bytes += count
      return count
    },
  }
  return { fs, counted }
}
