import { pathOf } from '../collector.js'
import { parseOptions } from '../options.js'
import { filesOfDiff, filesOfPatch, type PatchedFile, stripped } from '../patchText.js'
import { type Call, inside, isThere, type Programs, uses, writeEach } from '../program.js'
import type { Field } from '../scope.js'

/** Programs that are given a patch. */

/** patch [-pN] [-d FOLDER] [-i PATCH] [FILE [PATCH]]. */
function patch(call: Call): void {
  const { has, operands, value } = parseOptions(call.args, {
    short: 'piodDBFgrVYz',
    long: ['strip', 'input', 'directory', 'output', 'reject-file', 'fuzz'],
  })
  if (has('dry-run', 'C', 'check')) return
  const output = value('o', 'output')
  if (output !== undefined) {
    writeEach(call, [output])
    return
  }
  const [file, ...others] = operands
  if (file !== undefined) {
    writeEach(call, [file])
    return
  }
  const text = patchOf(call, value('i', 'input') ?? others[0])
  if (text === undefined) {
    call.walk.collector.maybeBelow(call.scope.cwd)
    return
  }
  const count = Number(value('p', 'strip')?.text ?? Number.NaN)
  const folder = value('d', 'directory')
  for (const each of filesOfDiff(text)) {
    for (const name of namesOf(call, each, count))
      writeEach(call, [folder === undefined ? { text: name } : inside(folder, name)])
  }
}

/** Without -p, the name that there is. */
function namesOf(call: Call, { before, after }: PatchedFile, count: number): string[] {
  const names = [...new Set([before, after].flatMap((name) => name ?? []))]
  if (!Number.isNaN(count)) return [...new Set(names.map((name) => stripped(name, count)))]
  const candidates = names.flatMap((name) => [name, stripped(name, 1)])
  return [candidates.find((name) => isThere(call, { text: name })) ?? stripped(names[0] ?? '', 1)]
}

function patchOf({ scope, input, walk }: Call, file: Field | undefined): string | undefined {
  if (file === undefined) return input.text
  const path = pathOf(file, scope)
  return path ? walk.surroundings.read(path) : undefined
}

/** git apply [--index | --cached] [-pN] [PATCH…]. */
export function gitApply(call: Call, args: readonly Field[], top: string | undefined): void {
  const { has, operands, value } = parseOptions(args, {
    short: 'pC',
    long: ['directory', 'exclude', 'include', 'whitespace'],
  })
  if (has('check', 'stat', 'numstat', 'summary')) return
  const { collector } = call.walk
  if (has('index', 'cached', '3', '3way')) uses(call, '@git/index', { success: true, failure: true })
  if (has('cached')) return
  const count = Number(value('p')?.text ?? 1)
  const under = value('directory')
  for (const file of operands.length === 0 ? [undefined] : operands) {
    const text = patchOf(call, file)
    if (text === undefined) collector.maybeBelow(top ?? call.scope.cwd)
    const names = filesOfDiff(text ?? '').flatMap(({ before, after }) => [before, after].flatMap((name) => name ?? []))
    const files = [...new Set(names)].map((name) => ({ text: stripped(name, count) }))
    // Its names begin at the top of the worktree, wherever it is called.
    const at = { ...call, scope: { ...call.scope, cwd: top ?? call.scope.cwd } }
    writeEach(at, under === undefined ? files : files.map((each) => inside(under, each.text)))
  }
}

/** apply_patch PATCH, or on standard input. */
function applyPatch(call: Call): void {
  const text = call.args[0]?.text ?? call.input.text
  if (text === undefined) {
    call.walk.collector.maybeBelow(call.scope.cwd)
    return
  }
  writeEach(
    call,
    filesOfPatch(text).map((name) => ({ text: name })),
  )
}

export const patches: Programs = { patch, apply_patch: applyPatch, applypatch: applyPatch, 'apply-patch': applyPatch }
