import { shownBlock } from '@coordlog/coordination/shownText'
import type { CommandAnswer, CommandHost, CommandLine } from '@coordlog/mcp/contract'
import { openCoordination } from '@coordlog/runtime/coordination'
import type { Context, Output } from '../context.js'
import type { GlobalValues } from '../define.js'
import { failureOf } from '../exit/outcome.js'
import { lockDeadlineMs, placeRequest } from '../opened.js'
import { version } from '../version.js'
import { connectionOf } from './connection.js'

type Run = (argv: readonly string[], context: Context) => Promise<number>

export interface ConnectionHost extends CommandHost {
  /** When every call is over: ends what was registered for the connection itself. */
  close(): Promise<void>
}

/** Runs the commands of one connection in this process, in the place that `coord mcp` was called for. */
export function connectionHost(run: Run, flags: GlobalValues, context: Context): ConnectionHost {
  const connection = connectionOf(context)
  const underWay = new Set<Promise<unknown>>()
  const opened = async <T>(use: (coordination: Awaited<ReturnType<typeof openCoordination>>) => Promise<T>) => {
    const coordination = await openCoordination({ ...placeRequest({ flags, context }), lockDeadlineMs })
    try {
      return await use(coordination)
    } finally {
      coordination.close()
    }
  }
  const actor = async (line: CommandLine, client: string): Promise<string | CommandAnswer | undefined> => {
    try {
      return await opened((coordination) => connection.actor(coordination, line.acting, client))
    } catch (error) {
      const failure = failureOf(error)
      if (failure === undefined) throw error
      const { word, exitCode, facts, said } = failure
      return { document: { ok: false, error: word, message: said, exitCode, ...facts }, text: said, isRefused: true }
    }
  }
  const answerTo = async (line: CommandLine, client: string, signal: AbortSignal) => {
    const by = line.acting === 'nobody' ? undefined : await actor(line, client)
    if (typeof by === 'object') return by
    const instance = by === undefined ? [] : [`--instance=${by}`]
    const argv = [...line.words, ...instance, ...globalWords(flags)]
    return heard(run, { ...context, signal }, argv, line.operands ?? [])
  }
  return {
    version,
    run(line, client, signal) {
      const answer = answerTo(line, client, signal)
      const over = answer.catch(() => undefined).finally(() => underWay.delete(over))
      underWay.add(over)
      return answer
    },
    async close() {
      await Promise.all(underWay)
      await opened((coordination) => connection.end(coordination))
    },
  }
}

function globalWords({ dir, repo, 'allow-network-fs': allowed }: GlobalValues): string[] {
  return [
    ...(dir === undefined ? [] : [`--dir=${dir}`]),
    ...(repo === undefined ? [] : [`--repo=${repo}`]),
    ...(allowed ? ['--allow-network-fs'] : []),
  ]
}

async function heard(
  run: Run,
  context: Context,
  argv: readonly string[],
  operands: readonly string[],
): Promise<CommandAnswer> {
  const end = operands.length === 0 ? [] : ['--', ...operands]
  const [out, talk] = [collector(), collector()]
  let answered: { document: object; lines: readonly string[] } | undefined
  await run([...argv, '--json', ...end], {
    ...context,
    stdout: out,
    stderr: talk,
    answered: (document, lines) => {
      answered = { document, lines }
    },
  })
  const documents = parsed(out.text)
  const failure = documents.find(isFailure)
  if (failure !== undefined) return { document: failure, text: shownBlock(failure.message), isRefused: true }
  if (answered !== undefined) {
    const text = [...answered.lines, talk.text.trim()].filter((line) => line !== '').join('\n')
    return { document: documents[0] ?? {}, text, isRefused: false }
  }
  const text = collector()
  await run([...argv, ...end], { ...context, stdout: text, stderr: text })
  return { document: { events: documents }, text: text.text.trim() || 'Nothing.', isRefused: false }
}

type Document = Record<string, unknown>

/** One document, or one on each line. */
function parsed(text: string): Document[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Document => JSON.parse(line))
}

function isFailure(document: Document): document is Document & { message: string } {
  return document['ok'] === false && typeof document['message'] === 'string'
}

function collector(): Output & { text: string } {
  return {
    text: '',
    isTerminal: false,
    columns: 100,
    async write(text) {
      this.text += text
    },
  }
}
