import { shownJson } from '@coordlog/coordination/shownText'
import type { Context } from '../context.js'
import type { Call, GlobalValues } from '../define.js'

type Asked = Call<GlobalValues>

/** The answer of a command: one document with --json, text without. Text comes in lines that are safe to print. */
export async function answer(call: Asked, document: object, lines: () => readonly string[]): Promise<void> {
  call.context.answered?.(document, lines())
  if (call.flags.json) await writeJson(call.context, document)
  else await writeLines(call.context, lines())
}

/** One document: on one line for programs, indented for a person's eyes. */
export async function writeJson(context: Context, document: object): Promise<void> {
  await context.stdout.write(`${shownJson(document, context.stdout.isTerminal ? 2 : undefined)}\n`)
}

/** One of a stream: always one line. */
export async function writeJsonLine(context: Context, document: object): Promise<void> {
  await context.stdout.write(`${shownJson(document)}\n`)
}

export async function writeLines(context: Context, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await context.stdout.write(`${lines.join('\n')}\n`)
}

/** Talk: what a person should know and a program need not read. */
export async function note(context: Context, line: string): Promise<void> {
  await context.stderr.write(`${line}\n`)
}
