import { stopResident } from '@coordlog/resident/start'
import { findPlace } from '@coordlog/runtime/place'
import { defineCommand } from '../../define.js'
import { exitCodes } from '../../exit/codes.js'
import { placeRequest } from '../../opened.js'
import { answer } from '../../output/answer.js'

export const residentStop = defineCommand({
  summary: 'stop the resident of this repository',
  description:
    'Nothing is lost: it has nothing that the log does not have. The next session start brings one up again.',
  args: {},
  flags: {},
  examples: [{ does: 'stop it', line: 'coord resident stop' }],
  run: async (call) => {
    const { directory } = findPlace(placeRequest(call))
    const wasThere = await stopResident(directory)
    await answer(call, { ok: true, stopped: wasThere, directory }, () => [
      wasThere ? `The resident of ${directory} stops.` : `No resident answers for ${directory}.`,
    ])
    return exitCodes.done
  },
})
