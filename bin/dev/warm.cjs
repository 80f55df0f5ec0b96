'use strict'
// One run of a bundle as it is, for its code cache: no look at the sources, because the set-up holds its lock. The first
// argument names the bundle; the rest, and standard input, are what the cache is to be good for.
const [, , name, ...rest] = process.argv
process.argv = [process.argv[0], process.argv[1], ...rest]
require('../load.cjs').load(name)
