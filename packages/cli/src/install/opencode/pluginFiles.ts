import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type OwnFile, readTemplate } from '../files.js'
import type { Scope } from '../scope.js'
import { isUntouched, stamped } from '../stamp.js'
import { holds } from '../wirings.js'

/**
 * The plugin, and what keeps opencode from installing the types of plugins before it starts. It skips that where node_modules is
 * there and the lock file beside it names the package. Where a person has dependencies there, all of that is theirs.
 */

export const pluginName = 'plugins/coordlog.js'
const fillIn = "const installation = ''"

export function pluginFiles(folder: string, scope: Scope, coordlogRoot: string): OwnFile[] {
  const template = readTemplate(coordlogRoot, 'opencode/coordlog.js')
  if (!template.includes(fillIn)) throw new Error(`a plugin without the words ${fillIn}`)
  const text =
    scope === 'user' ? template.replace(fillIn, `const installation = ${JSON.stringify(coordlogRoot)}`) : template
  const plugin = { path: join(folder, pluginName), content: Buffer.from(stamped(text)), mode: 0o644 }
  return [...standIns(folder), plugin]
}

const lockText = '{"lockfileVersion":3,"packages":{"":{"dependencies":{"@opencode-ai/plugin":"*"}}}}\n'
/** As opencode itself writes it at its first start. */
const ignoreText = 'node_modules\npackage.json\npackage-lock.json\nbun.lock\n.gitignore'
const noteText =
  stamped(`This folder and package-lock.json beside it spare opencode an installation that it would wait for: it holds
nothing but types for those who write plugins, and coordlog's plugin needs none. (coordlog-content:0000000000000000)
`)

function standIns(folder: string): OwnFile[] {
  const note = exact(join(folder, 'node_modules', 'coordlog.txt'), noteText, isUntouched)
  const lock = exact(join(folder, 'package-lock.json'), lockText)
  const ignore = exact(join(folder, '.gitignore'), ignoreText)
  const isOurs = holds(lock.path, (text) => text === lockText)
  const isTheirs = ['package.json', 'package-lock.json', 'node_modules'].some((name) => existsSync(join(folder, name)))
  if (isOurs || !isTheirs) return [note, lock, ...(isFree(ignore) ? [ignore] : [])]
  return existsSync(note.path) ? [note] : []
}

function isFree({ path, content }: OwnFile): boolean {
  return !existsSync(path) || holds(path, (text) => text === content.toString('utf8'))
}

function exact(path: string, text: string, isSame = (found: string) => found === text): OwnFile {
  return { path, content: Buffer.from(text), mode: 0o644, isUntouched: isSame }
}
