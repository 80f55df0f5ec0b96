import type { Call, GlobalValues } from '../define.js'
import { toggle } from '../flags/kinds.js'
import { writeJson } from './answer.js'

/** For scripts written for the predecessor, and for lib/coordination.sh, which offers them its functions. */
export const compatFlag = { compat: toggle('in the form that lib/coordination.sh gives to scripts') }

type Asked = Call<GlobalValues & { compat: boolean }>

/** Whether it was asked for in that form, and then has been answered. */
export async function answeredCompat({ flags, context }: Asked, document: () => object): Promise<boolean> {
  if (flags.compat) await writeJson(context, document())
  return flags.compat
}
