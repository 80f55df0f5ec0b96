'use strict'
// One line per file that the bundles are made from: path, size, time of change. It is compared as text at every start
// of the CLI from a clone, so it reads no file and hashes nothing.

const { existsSync, readdirSync, statSync } = require('node:fs')
const { join } = require('node:path')

const ALSO = ['package-lock.json', 'tsconfig.base.json', 'bin/dev/bundle.mjs', 'bin/client.sh']

function sourceFolders(root) {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`)
  return ['hooks/src', ...packages].filter((folder) => existsSync(join(root, folder)))
}

function collect(root, folder, lines) {
  for (const entry of readdirSync(`${root}/${folder}`, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) collect(root, path, lines)
    else if (path.endsWith('.ts')) lines.push(lineOf(root, path))
  }
}

function lineOf(root, path) {
  const found = statSync(`${root}/${path}`, { throwIfNoEntry: false })
  return found ? `${path} ${found.size} ${found.mtimeMs}` : `${path} absent`
}

/** The state of the sources under `root`: equal text, equal sources. */
function fingerprint(root) {
  const lines = ALSO.map((path) => lineOf(root, path))
  for (const folder of sourceFolders(root)) collect(root, folder, lines)
  return `${lines.sort().join('\n')}\n`
}

module.exports = { fingerprint, fingerprintFile: 'packages/cli/dist/sources.txt' }
