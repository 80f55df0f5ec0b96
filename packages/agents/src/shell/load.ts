import { once } from '@coordlog/coordination/once'

/** The analysis brings a parser, so it is loaded by the first command that may write. In a bundle it is a file of its own. */
export const shellAnalysis = once(async () => (await import('./analysis.js')).writesOf)
