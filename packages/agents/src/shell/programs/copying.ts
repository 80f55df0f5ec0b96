import { basename } from 'node:path'
import { pathOf } from '../collector.js'
import { parseOptions } from '../options.js'
import { type Call, inside, isFolder, isThere, type Programs, writeAll } from '../program.js'
import type { Field } from '../scope.js'

/** Programs that bring a file to another place: what is there is overwritten. */

interface Transfer {
  sources: Field[]
  destination: Field
  intoFolder: boolean
}

/** SOURCE… DESTINATION, or -t FOLDER SOURCE…; undefined: not enough of them. */
function transferOf(call: Call, short: string): Transfer | undefined {
  const { has, operands, value } = parseOptions(call.args, {
    short: `tS${short}`,
    long: ['target-directory', 'suffix', 'mode', 'owner', 'group'],
  })
  const folder = value('t', 'target-directory')
  if (folder !== undefined) return { sources: operands, destination: folder, intoFolder: true }
  const destination = operands.at(-1)
  if (destination === undefined || operands.length < 2) return undefined
  const intoFolder =
    !has('T', 'no-target-directory') &&
    (operands.length > 2 || destination.text?.endsWith('/') === true || isFolder(call, destination))
  return { sources: operands.slice(0, -1), destination, intoFolder }
}

function arrivals({ sources, destination, intoFolder }: Transfer): { source: Field; arrival: Field }[] {
  return sources.map((source) => {
    if (!intoFolder) return { source, arrival: destination }
    const { text } = source
    const below = destination.text ?? destination.below
    if (text === undefined) return { source, arrival: { text: undefined, below } }
    return { source, arrival: inside(destination, basename(text)) }
  })
}

/** `goesDown`: what is not known to be a file may be a folder. */
function arrive(call: Call, source: Field, arrival: Field, goesDown: boolean): void {
  const { walk, scope } = call
  if (isFolder(call, source) || (goesDown && !isThere(call, source))) walk.collector.maybeBelow(pathOf(arrival, scope))
  else if (arrival.text === undefined && arrival.below !== undefined) {
    walk.collector.maybeBelow(pathOf({ text: arrival.below }, scope))
  } else walk.collector.write(arrival, scope)
}

function copy(call: Call): void {
  const transfer = transferOf(call, '')
  const { has } = parseOptions(call.args)
  if (transfer === undefined) return
  for (const { source, arrival } of arrivals(transfer)) {
    if (has('n', 'no-clobber') && isThere(call, arrival)) continue
    arrive(call, source, arrival, has('r', 'R', 'recursive', 'a', 'archive'))
  }
}

function move(call: Call): void {
  const transfer = transferOf(call, '')
  const { has } = parseOptions(call.args)
  if (transfer === undefined) return
  const keepsThere = has('n', 'no-clobber')
  for (const { source, arrival } of arrivals(transfer)) {
    if (keepsThere && isThere(call, arrival)) continue
    writeAll(call, source)
    arrive(call, source, arrival, false)
  }
}

/** -d makes folders only. */
function install(call: Call): void {
  const { has } = parseOptions(call.args, { short: 'mogtS' })
  const transfer = has('d', 'directory') ? undefined : transferOf(call, 'mog')
  if (transfer === undefined) return
  for (const { source, arrival } of arrivals(transfer)) arrive(call, source, arrival, false)
}

/** Which files differ, only rsync finds out. */
function synchronise(call: Call): void {
  const { has, operands } = parseOptions(call.args, {
    short: 'e',
    long: ['exclude', 'include', 'rsh', 'filter', 'files-from'],
  })
  const destination = operands.at(-1)
  if (destination === undefined || operands.length < 2 || has('n', 'dry-run')) return
  if (destination.text?.includes(':')) return
  call.walk.collector.maybeBelow(pathOf(destination, call.scope) || undefined)
}

export const copying: Programs = { cp: copy, mv: move, install, rsync: synchronise, scp: synchronise }
