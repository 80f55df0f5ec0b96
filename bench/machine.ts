import { statfsSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'

/** What a figure depends on, and nothing that tells one machine of a kind from another. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGib: number
  readonly system: string
  /** Of the folder in which the logs are written. */
  readonly fileSystem: string
  readonly node: string
  /** Processes that wanted to run, on average over the minute before: what else went on. */
  readonly load: string
}

/** statfs(2) magic numbers of the file systems one meets. */
const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs',
  2035054128: 'overlayfs',
  801189825: 'zfs',
  26985: 'nfs',
}

export function machineFacts(folder: string): Machine {
  const magic = statfsSync(folder).type
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'not named',
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${kernelSeries()} ${arch()}`,
    fileSystem: fileSystems[magic] ?? `type 0x${magic.toString(16)}`,
    node: process.version,
    load: loadavg()[0]?.toFixed(1) ?? '',
  }
}

/** Without what a builder of kernels adds to the version, which may name a place. */
function kernelSeries(): string {
  return /^\d+(\.\d+)*/.exec(release())?.[0] ?? release()
}
