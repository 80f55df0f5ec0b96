import { askStatus, type ResidentStatus } from '@coordlog/resident/ask'
import { readHookPort } from '@coordlog/resident/hookPort'
import { buildOf } from '@coordlog/runtime/installation'
import { realOrSame } from '@coordlog/runtime/place'
import { type Check, fault, ok, type Patient, warn } from './check.js'

/** Whether the resident answers, and whether hooks that agents post reach it. Without one everything works, only slower. */
export async function residentChecks({ place, context }: Patient): Promise<Check[]> {
  const directory = realOrSame(place.directory)
  const status = await askStatus(directory)
  return [residentCheck(status, buildOf(context.coordlogRoot)), ...portChecks(status, readHookPort(directory)?.port)]
}

function residentCheck(status: ResidentStatus | undefined, build: string | undefined): Check {
  if (status === undefined) return ok('resident', 'none runs here; a session start brings one up')
  const { pid, memoryBytes } = status
  if (status.build !== build) {
    return warn(
      'resident',
      `process ${pid} is of build ${status.build}, this is ${build ?? 'none'}`,
      'coord resident stop',
    )
  }
  return ok('resident', `process ${pid} answers, ${Math.round(memoryBytes / 1_048_576)} MiB`)
}

function portChecks(status: ResidentStatus | undefined, port: number | undefined): Check[] {
  if (port === undefined) return []
  if (status === undefined) {
    return [
      warn('http hooks', `nobody answers at port ${port}: no edit is guarded until a prompt brings the resident back`),
    ]
  }
  if (status.hookPort === port) return [ok('http hooks', `answered on 127.0.0.1:${port}`)]
  const says = `another program has port ${port}: hooks over http do not arrive`
  return [fault('http hooks', says, 'coord init --scope local --transport http')]
}
