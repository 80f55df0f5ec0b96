'use strict'
// One line per file that the bundles are made from: path, size, time of change. It is compared as text at every start
// of the CLI from a clone, so it reads no file and hashes nothing.

const { readdirSync, statSync } = require('node:fs')
const { join } = require('node:path')

const ALSO = ['package-lock.json', 'tsconfig.base.json', 'bin/dev/bundle.mjs']

function sourceFolders(root) {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`)
  return ['hooks/src', ...packages.sort()]
}

function collect(root, path, lines) {
  const found = statSync(join(root, path), { throwIfNoEntry: false })
  if (found?.isDirectory()) {
    for (const name of readdirSync(join(root, path)).sort()) collect(root, `${path}/${name}`, lines)
  } else if (found) {
    lines.push(`${path} ${found.size} ${found.mtimeMs}`)
  }
}

/** The state of the sources under `root`: equal text, equal sources. */
function fingerprint(root) {
  const lines = []
  for (const path of [...sourceFolders(root), ...ALSO]) collect(root, path, lines)
  return `${lines.join('\n')}\n`
}

module.exports = { fingerprint, fingerprintFile: 'packages/cli/dist/sources.txt' }
