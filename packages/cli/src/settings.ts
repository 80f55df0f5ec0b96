import { shown } from '@coordlog/coordination/shownText'
import { type Config, readConfig } from '@coordlog/runtime/config'
import { findPlace, type Place } from '@coordlog/runtime/place'
import type { Call, GlobalValues } from './define.js'
import type { ExitCode } from './exit/codes.js'
import { note } from './output/answer.js'

/** For commands that need the place and its settings but no log. */
export async function withPlace(
  call: Call<GlobalValues>,
  work: (found: { place: Place; config: Config; file: string }) => Promise<ExitCode>,
): Promise<ExitCode> {
  const place = placeOf(call)
  const { config, file, problems } = readConfig(place)
  for (const problem of problems) await note(call.context, `Note: ${shown(problem)}`)
  return work({ place, config, file })
}

export function placeOf({ flags, context }: Call<GlobalValues>): Place {
  const { dir, repo } = flags
  return findPlace({
    cwd: context.cwd,
    env: context.env,
    ...(dir !== undefined && { dir }),
    ...(repo !== undefined && { repo }),
  })
}
