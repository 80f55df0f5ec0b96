import { stopResident } from '@coordlog/resident/ask'
import { findPlace, realOrSame } from '@coordlog/runtime/place'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { placeRequest } from '../../opened.js'
import { answer } from '../../output/answer.js'

const said = {
  stopping: (directory: string) => `The resident of ${directory} stops.`,
  nobody: (directory: string) => `No resident answers for ${directory}.`,
  silent: (directory: string) =>
    `The resident of ${directory} is there and does not answer. Nothing is lost by ending its process.`,
}

export const residentStop = defineCommand({
  summary: 'stop the resident of this repository',
  description:
    'Nothing is lost: it has nothing that the log does not have. The next session start brings one up again.',
  args: {},
  flags: {},
  examples: [{ does: 'stop it', line: 'coord resident stop' }],
  run: async (call) => {
    const { directory } = findPlace(placeRequest(call))
    const outcome = await stopResident(realOrSame(directory))
    await answer(call, { ok: outcome !== 'silent', stopped: outcome === 'stopping', directory }, () => [
      said[outcome](directory),
    ])
    return outcome === 'silent' ? exitCodes.no : exitCodes.done
  },
})
