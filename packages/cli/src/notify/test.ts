import { destinationOf, withoutSecrets } from '@coordlog/resident/notify/destination'
import { postedOf, testMessage } from '@coordlog/resident/notify/payload'
import { post } from '@coordlog/resident/notify/post'
import type { Coordination } from '@coordlog/runtime/coordination'
import { realOrSame } from '@coordlog/runtime/place'
import type { Call, GlobalValues } from '../define.js'
import { type ExitCode, exitCodes } from '../exit/codes.js'
import { Failure, usage } from '../exit/failure.js'
import { answer } from '../output/answer.js'
import { repositoryName, wireOf } from './surroundings.js'

/** One message that is about no event: it moves nothing on. */
export async function sendTest(call: Call<GlobalValues>, { place, config, clock }: Coordination): Promise<ExitCode> {
  const { context } = call
  const { to } = config.notify
  if (to === 'off') throw usage('Nobody is told of events. Run: coord config set notify.to slack')
  const destination = destinationOf({ directory: realOrSame(place.directory), to, env: context.env })
  const secret = to === 'webhook' ? destination.secret : undefined
  const seconds = Math.floor(Date.parse(clock.now()) / 1000)
  const message = testMessage(repositoryName(place))
  const posted = postedOf(message, { to, secret, number: 1, mayBeRepeat: false, seconds })
  const outcome = await post(destination.url, posted, wireOf(context))
  const { host } = destination.url
  if (outcome.kind === 'failed') {
    const said = `The test message to ${host} did not arrive: ${withoutSecrets(outcome.said, destination)}.`
    throw new Failure(exitCodes.io, 'not-delivered', said, { host })
  }
  await answer(call, { ok: true, id: message.id, host }, () => [`A test message went to ${host}.`])
  return exitCodes.done
}
