'use strict'
// What the other bundles load when a shell command may write.
module.exports = require('./load.cjs').load('shell')
