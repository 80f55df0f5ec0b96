'use strict'
// The CLI's bundle as it is, as a program: no look at the sources. For tests, which must not wait for a set-up.
require('../load.cjs').load('cli')
