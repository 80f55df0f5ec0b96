import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { isAbsence } from './place.js'
import { fromSystem } from './problems.js'

/** The settings' file as it stands: JSON, of which what is not understood is kept. */

type Content = { [key: string]: unknown }

function isContent(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function readContent(file: string, problems: string[]): Content {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (isContent(content)) return content
    problems.push(`${file}: it holds no JSON object; the defaults apply.`)
  } catch (error) {
    if (error instanceof SyntaxError) problems.push(`${file}: it is not JSON (${error.message}); the defaults apply.`)
    else if (!isAbsence(error)) problems.push(`${fromSystem(error, 'read', file).message}; the defaults apply.`)
  }
  return {}
}

/** {"lock":{"ttl":"5m"}} → {"lock.ttl":"5m"} */
export function flat(content: Content, prefix = ''): Content {
  const found: Content = Object.create(null)
  for (const [key, value] of Object.entries(content)) {
    if (isContent(value)) Object.assign(found, flat(value, `${prefix}${key}.`))
    else found[prefix + key] = value
  }
  return found
}

export function setAt(content: Content, [key = '', ...below]: string[], value: unknown): void {
  if (below.length === 0) content[key] = value
  else {
    const inner = content[key]
    const folder = isContent(inner) ? inner : {}
    content[key] = folder
    setAt(folder, below, value)
  }
}

export function writeAtomically(file: string, text: string): void {
  const aside = `${file}.${process.pid}.tmp`
  try {
    mkdirSync(dirname(file), { recursive: true })
    const descriptor = openSync(aside, 'w', 0o644)
    writeSync(descriptor, text)
    fsyncSync(descriptor)
    closeSync(descriptor)
    renameSync(aside, file)
  } catch (error) {
    throw fromSystem(error, 'write', file)
  }
}
