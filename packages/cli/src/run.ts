import { shown, shownBlock } from '@coordlog/coordination/shownText'
import type { Context } from './context.js'
import { requestOf } from './dispatch.js'
import { type ExitCode, exitCodes } from './exit/codes.js'
import { Failure } from './exit/failure.js'
import { failureOf } from './exit/outcome.js'
import { helpLines } from './help/text.js'
import { note, writeJson, writeLines } from './output/answer.js'
import { versionText } from './version.js'

/**
 * Runs one command line (the words after "coord") and returns its exit code. It touches nothing but its context, so it
 * can be called again and again in one process.
 */
export async function runCommand(argv: readonly string[], context: Context): Promise<number> {
  try {
    return await perform(argv, context)
  } catch (error) {
    // Whoever has had enough wants no explanation of what did not come about.
    if (context.signal.aborted)
      return isAbort(error) ? exitCodes.done : (failureOf(error) ?? fault(error, context)).exitCode
    return reported(error, argv, context)
  }
}

async function perform(argv: readonly string[], context: Context): Promise<ExitCode> {
  const request = requestOf(argv)
  if (request.kind === 'command') return request.command.perform(request.id, request.argv, context)
  await writeLines(context, request.kind === 'version' ? [versionText] : helpLines(request.words, context))
  return exitCodes.done
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

async function reported(error: unknown, argv: readonly string[], context: Context): Promise<number> {
  const failure = failureOf(error) ?? fault(error, context)
  const message = shownBlock(failure.said)
  if (wantsJson(argv)) {
    const { word, exitCode, facts } = failure
    await writeJson(context, { ok: false, error: word, message: failure.said, exitCode, ...facts })
  } else await note(context, message)
  return failure.exitCode
}

/** A fault of the program: said plainly, without a stack trace unless it is asked for. */
function fault(error: unknown, { env }: Context): Failure {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const trace = env['COORD_DEBUG'] && error instanceof Error ? `\n${error.stack ?? ''}` : ''
  const said = `A fault of coordlog itself: ${shown(text)}. COORD_DEBUG=1 shows where.${trace}`
  return new Failure(exitCodes.io, 'fault', said)
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json')
}
