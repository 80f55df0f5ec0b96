import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { compactionDue } from '@coordlog/log/compactionDue'
import { LogError } from '@coordlog/log/errors'
import type { UpkeepRun, UpkeepWork } from '@coordlog/resident/upkeep'
import { readConfig } from '@coordlog/runtime/config'
import type { Place } from '@coordlog/runtime/place'
import type { Context } from '../context.js'
import { keepingOf, keepingText, rulesOf } from '../history/keeping.js'
import { bytesText } from '../output/sizes.js'

/** Compacting by the settings, each time as they are then. */
export function compactionWork(place: Place, directory: string, context: Context): UpkeepWork {
  return {
    async due() {
      const { log } = readConfig(place).config
      if (log.compaction === 'off') return undefined
      const keeping = keepingOf(log)
      try {
        const due = await compactionDue(directory, rulesOf(keeping, context.clock.now()))
        if (!due.isWorthIt) return undefined
        return `${due.segments} segments, ${bytesText(due.bytes)}, are ${keepingText(keeping)}`
      } catch (error) {
        // Whoever asks for something next is told.
        if (error instanceof LogError) return undefined
        throw error
      }
    },
    start: () => compactApart(place, directory, context),
  }
}

const shownCharactersMax = 500

function compactApart({ worktree }: Place, directory: string, { coordlogRoot, env }: Context): UpkeepRun {
  const words = [join(coordlogRoot, 'bin', 'start.cjs'), 'compact', '--dir', directory, '--repo', worktree]
  const child = spawn(process.execPath, words, { cwd: '/', env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const listen = (text: string) => {
    if (said.length < shownCharactersMax) said += text
  }
  child.stdout.setEncoding('utf8').on('data', listen)
  child.stderr.setEncoding('utf8').on('data', listen)
  if (child.pid !== undefined) yieldToOthers(child.pid)
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message))
    child.once('close', (code, signal) => resolve(`exit code ${code ?? signal}: ${said.trim().replaceAll('\n', '; ')}`))
  })
  return { ended, stop: () => child.kill() }
}

/** It may have ended already. */
function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR')) throw error
  }
}
