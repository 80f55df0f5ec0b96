// Starts the CLI. Its syntax is old on purpose: a Node that is too old for coordlog must still be able to say so.
const major = parseInt(process.versions.node, 10)
if (major < 20) {
  process.stderr.write(`coordlog: needs Node 20 or newer, this is ${process.versions.node} (${process.execPath})\n`)
  process.exit(78)
}
const { buildIfStale, load } = require('./load.cjs')
buildIfStale()
load('cli')
