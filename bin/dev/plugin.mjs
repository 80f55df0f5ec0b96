#!/usr/bin/env node
// The Claude Code plugin, as a marketplace of its own in dist/plugin: what `coord init` writes into a repository, packed for the client. Hooks
// come from the installer's own table, so nothing is said twice. Given another folder, it is made there.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const name = 'coordlog'
const pluginRoot = '${CLAUDE_PLUGIN_ROOT}'

const { version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

function json(file, content) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`)
}

async function hooks() {
  const { hookEntries } = await import(pathToFileURL(join(root, 'packages/cli/dist/src/install/claudeCode/wiring.js')))
  // As in a person's settings: one program for every repository.
  const entries = hookEntries({ scope: 'user', coordlogRoot: pluginRoot })
  // The client puts its folder into the environment of a hook: there the shell looks it up, between quotes that let it.
  const text = JSON.stringify(Object.fromEntries(entries.map(({ event, group }) => [event, [group]])))
  return JSON.parse(
    text.replaceAll(`'${pluginRoot}/bin/coord'`, JSON.stringify(`"${pluginRoot}"/bin/coord`).slice(1, -1)),
  )
}

async function make(folder) {
  const plugin = join(folder, name)
  cpSync(join(root, 'hooks/plugin'), plugin, { recursive: true })
  json(join(plugin, '.claude-plugin/plugin.json'), { name, version, description, license, author: { name } })
  json(join(plugin, 'hooks/hooks.json'), { description, hooks: await hooks() })
  json(join(plugin, '.mcp.json'), { mcpServers: { [name]: { command: `${pluginRoot}/bin/coord`, args: ['mcp'] } } })
  writeFileSync(join(plugin, 'home'), `${root}\n`)
  json(join(folder, '.claude-plugin/marketplace.json'), {
    name,
    description,
    owner: { name },
    plugins: [{ name, source: `./${name}`, description, version }],
  })
}

const target = resolve(process.argv[2] ?? join(root, 'dist/plugin'))
const built = spawnSync(process.execPath, [join(root, 'bin/dev/bootstrap.mjs')], { stdio: ['ignore', 2, 2] })
if (built.status !== 0) process.exit(78)
const aside = `${target}.${process.pid}`
rmSync(aside, { recursive: true, force: true })
await make(aside)
rmSync(target, { recursive: true, force: true })
renameSync(aside, target)
process.stdout.write(`${target}\nclaude plugin marketplace add ${target}\nclaude plugin install ${name}@${name}\n`)
