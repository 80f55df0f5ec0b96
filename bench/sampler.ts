import { join } from 'node:path'
import { type Child, startChild } from './children.js'

/** One run of a whole process, as whoever starts it sees it. */
export interface Run {
  readonly wallMs: number
  /** User and system time, of what it started and waited for too. */
  readonly cpuMs: number
  readonly exitCode: number
}

/** Runs commands one after the other from one shell, which adds a fork and nothing else. */
export interface Sampler {
  run(command: string): Promise<Run>
  end(): Promise<void>
}

const script = join(import.meta.dirname, '../sampler.sh')

export function startSampler(folder: string, name = 'sampler'): Sampler {
  const child = startChild('bash', [script, join(folder, `${name}-times`)])
  let cpuMsBefore = 0
  return {
    run: async (command) => {
      const { wallMs, cpuMs, exitCode } = await sampled(child, command)
      const own = cpuMs - cpuMsBefore
      cpuMsBefore = cpuMs
      return { wallMs, cpuMs: own, exitCode }
    },
    end: child.end,
  }
}

/** `cpuMs` of everything so far. */
async function sampled(child: Child, command: string): Promise<Run> {
  child.say(command)
  const line = await child.line()
  const [start, end, user, system, code] = line.split(' ')
  const wallMs = (Number(end) - Number(start)) * 1000
  const cpuMs = msOf(user) + msOf(system)
  const exitCode = Number(code)
  if (Number.isNaN(wallMs + cpuMs + exitCode)) throw new Error(`the sampler answered: ${line}`)
  return { wallMs, cpuMs, exitCode }
}

/** "1m2.345s", as the shell prints times. */
function msOf(text: string | undefined): number {
  const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(text ?? '') ?? []
  return (Number(minutes) * 60 + Number(seconds)) * 1000
}

/** A word that a shell reads back as it is. */
export function word(text: string): string {
  return /^[\w./=:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
