import { askStatus } from '@coordlog/resident/ask'
import { buildOf } from '@coordlog/runtime/installation'
import { findPlace, realOrSame } from '@coordlog/runtime/place'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { placeRequest } from '../../opened.js'
import { answer } from '../../output/answer.js'

export const residentStatus = defineCommand({
  summary: 'say whether a resident runs here',
  description:
    'Exit code 0: it runs and answers. 1: there is none; commands then run in a process of their own, only slower.',
  args: {},
  flags: {},
  examples: [{ does: 'look', line: 'coord resident status' }],
  run: async (call) => {
    const { directory } = findPlace(placeRequest(call))
    const said = await askStatus(realOrSame(directory))
    if (said === undefined) {
      await answer(call, { running: false, directory }, () => [`No resident answers for ${directory}.`])
      return exitCodes.no
    }
    const { pid, build, hookPort } = said
    const isOurs = build === buildOf(call.context.coordlogRoot)
    await answer(call, { running: true, isOurs, ...said }, () => [
      `Resident ${pid} answers for ${directory}.`,
      `  Build: ${build}${isOurs ? '' : ' (another one than this: the next session start replaces it)'}`,
      `  Started: ${said.startedAt}`,
      `  Requests: ${said.requests}; ${said.events} events by ${said.writes} writes`,
      ...(hookPort === 0 ? [] : [`  Hooks over http: 127.0.0.1:${hookPort}`]),
      `  Memory: ${Math.round(said.memoryBytes / 1_048_576)} MiB`,
    ])
    return exitCodes.done
  },
})
