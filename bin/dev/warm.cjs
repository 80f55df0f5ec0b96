'use strict'
// One run of the bundle as it is, for its code cache: no look at the sources, because the set-up holds its lock.
require('../load.cjs').load()
