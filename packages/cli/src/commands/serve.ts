import type { RunCommand, Surroundings } from '@coordlog/resident/perform'
import { startResident } from '@coordlog/resident/start'
import { readConfig } from '@coordlog/runtime/config'
import { buildOf } from '@coordlog/runtime/installation'
import { findPlace, realOrSame } from '@coordlog/runtime/place'
import { boolean, integer } from '@oclif/core/flags'
import type { Context } from '../context.js'
import { type Command, defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { Failure } from '../exit/failure.js'
import { certificatesFile, repositoryName } from '../notify/surroundings.js'
import { placeRequest } from '../opened.js'
import { note, writeJson } from '../output/answer.js'
import { isFit } from '../resident/fit.js'
import { compactionWork } from '../resident/upkeep.js'

type Run = (argv: readonly string[], context: Context) => Promise<number>

/** `run` comes as a function of nothing: the commands that it runs are the table in which this one stands. */
export function serveWith(run: () => Run): Command {
  return defineCommand({
    summary: 'be the resident: answer hooks and queries without starting a process for each',
    description:
      'Runs in the foreground until it is stopped, idle or its directory is gone. It keeps the folded state warm and has no ' +
      'other; it may be killed at any moment. Sessions start it by themselves (setting resident.start).',
    args: {},
    flags: {
      port: integer({ min: 0, max: 65_535, default: 0, summary: 'port on 127.0.0.1; 0: any that is free' }),
      quiet: boolean({ summary: 'say nothing' }),
    },
    examples: [{ does: 'look after it yourself, in a terminal of its own', line: 'coord serve' }],
    run: async (call) => {
      const { flags, context } = call
      const place = findPlace(placeRequest(call))
      const directory = realOrSame(place.directory)
      const build = buildOf(context.coordlogRoot)
      if (build === undefined) {
        throw new Failure(exitCodes.unsafe, 'unsafe', `${context.coordlogRoot} is not built. Run: npm run build`)
      }
      const resident = await startResident({
        directory,
        build,
        port: flags.port,
        idleMs: () => readConfig(place).config.resident.idleMs,
        clock: context.clock,
        runCommand: commandsOver(run(), context),
        metricsPort: () => readConfig(place).config.metrics.port,
        told: {
          settings: () => readConfig(place).config.notify,
          repository: repositoryName(place),
          certificatesFile: certificatesFile(context.env),
        },
        isFit,
        upkeep: compactionWork(place, directory, context),
        signal: context.signal,
      })
      if (resident === undefined) {
        if (!flags.quiet) await note(context, `There is a resident already. Run: coord resident status`)
        return exitCodes.done
      }
      const { port, pid } = resident.address
      if (flags.json) await writeJson(context, { ok: true, pid, port, build, directory })
      else if (!flags.quiet)
        await note(context, `Resident ${pid} listens on 127.0.0.1:${port} for ${directory}. Ctrl+C ends it.`)
      const why = await resident.stopped
      if (!flags.quiet) await note(context, `Resident ${pid} has stopped: ${why}.`)
      return exitCodes.done
    },
  })
}

/** Named one by one: V8 spreads a second object into a third property by property, and every hook comes through here. */
function commandsOver(run: Run, { clock, coordlogRoot }: Context): RunCommand {
  return (argv, surroundings: Surroundings) => {
    const { cwd, env, callerPid, requestId, stdin, input, stdout, stderr, signal, open, afterAnswer } = surroundings
    const context = {
      cwd,
      env,
      callerPid,
      stdin,
      input,
      stdout,
      stderr,
      signal,
      clock,
      coordlogRoot,
      open,
      afterAnswer,
    }
    return run(argv, requestId === '' ? context : { ...context, requestId })
  }
}
