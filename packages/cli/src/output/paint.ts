import type { Context, Output } from '../context.js'

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const

export type Style = keyof typeof codes
export type Paint = (style: Style, text: string) => string

/** Colours only where somebody sees them: https://no-color.org, FORCE_COLOR, TERM=dumb. */
export function paintFor({ env }: Pick<Context, 'env'>, output: Output): Paint {
  if (!isColoured(env, output)) return (_, text) => text
  return (style, text) => `\u001b[${codes[style][0]}m${text}\u001b[${codes[style][1]}m`
}

function isColoured(env: Context['env'], output: Output): boolean {
  if (env['NO_COLOR']) return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  return output.isTerminal && env['TERM'] !== 'dumb'
}
