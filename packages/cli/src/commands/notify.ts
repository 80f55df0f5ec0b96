import { removeCursor } from '@coordlog/resident/notify/cursor'
import { deliver } from '@coordlog/resident/notify/deliver'
import { removeDestination } from '@coordlog/resident/notify/destination'
import type { Coordination } from '@coordlog/runtime/coordination'
import { realOrSame } from '@coordlog/runtime/place'
import { type Call, defineCommand, type GlobalValues } from '../define.js'
import { type ExitCode, exitCodes } from '../exit/codes.js'
import { Failure } from '../exit/failure.js'
import { toggle } from '../flags/kinds.js'
import { setAddress } from '../notify/address.js'
import { lookAt } from '../notify/look.js'
import { repositoryName, wireOf } from '../notify/surroundings.js'
import { sendTest } from '../notify/test.js'
import { withCoordination } from '../opened.js'
import { answer } from '../output/answer.js'
import { deliveredLines, lookLines } from '../views/notify.js'

const one = ['status', 'test', 'set-address', 'remove-address']
const alone = (name: string, summary: string) => ({
  ...toggle(summary),
  exclusive: one.filter((other) => other !== name),
})

export const notify = defineCommand({
  summary: 'tell Slack, Discord or a webhook what has happened since the last time',
  description:
    'The resident does it by itself while it runs; without one, run this by a timer. What is told of: settings notify.to and notify.events. The ' +
    'address is a secret: it is read from standard input, and stands in a file beside the log that only you can read, or in ' +
    'COORD_NOTIFY_URL and COORD_NOTIFY_SECRET. Exit code 74: something did not arrive; 75: another process is sending.',
  args: {},
  flags: {
    status: alone('status', 'only say how it stands'),
    test: alone('test', 'send one test message'),
    'set-address': alone('set-address', 'read the address (and, on a second line, the secret) from standard input'),
    'remove-address': alone('remove-address', 'forget them'),
  },
  examples: [
    { does: 'tell what is due, also before its time', line: 'coord notify' },
    { does: 'see what is failing', line: 'coord notify --status' },
  ],
  run: (call) =>
    withCoordination(call, (coordination) => {
      const { flags } = call
      if (flags['set-address']) return setAddress(call, realOrSame(coordination.place.directory))
      if (flags['remove-address']) return forget(call, coordination)
      if (flags.status) return tellStatus(call, coordination)
      return flags.test ? sendTest(call, coordination) : tellNow(call, coordination)
    }),
})

async function forget(call: Call<GlobalValues>, { place }: Coordination): Promise<ExitCode> {
  removeDestination(realOrSame(place.directory))
  await answer(call, { ok: true }, () => ['The address is forgotten.'])
  return exitCodes.done
}

async function tellStatus(call: Call<GlobalValues>, { place, config, log, clock }: Coordination): Promise<ExitCode> {
  const look = await lookAt(realOrSame(place.directory), config.notify, log, call.context.env)
  await answer(call, look, () => lookLines(look, clock.now()))
  return look.problem === undefined && look.cursor?.attempt?.error === undefined ? exitCodes.done : exitCodes.no
}

async function tellNow(call: Call<GlobalValues>, coordination: Coordination): Promise<ExitCode> {
  const { context } = call
  const { place, config, log, clock } = coordination
  const directory = realOrSame(place.directory)
  const { sequence } = await coordination.load()
  const settings = config.notify
  if (settings.to === 'off') removeCursor(directory)
  const delivered = await deliver({
    directory,
    log,
    sequence,
    settings,
    repository: repositoryName(place),
    env: context.env,
    clock,
    wire: wireOf(context),
    isUrgent: true,
    messagesMax: Number.POSITIVE_INFINITY,
  })
  if (delivered.kind === 'busy') throw new Failure(exitCodes.busy, 'busy', deliveredLines(delivered).join(''))
  if (delivered.kind === 'done' && delivered.failed !== undefined) {
    const { failed, sent } = delivered
    const said = `Event ${failed.sequence} could not be told of: ${failed.said}. Told before it: ${sent}. Run: coord notify --status`
    throw new Failure(exitCodes.io, 'not-delivered', said, { ...delivered })
  }
  await answer(call, { ok: true, ...delivered }, () => deliveredLines(delivered))
  return exitCodes.done
}
