import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { shown } from '@coordlog/coordination/shownText'
import { type Attestation, attestLog, checkAttestation, parseAttestation, sealedUpTo } from '@coordlog/log/attest'
import { damagedError, isCode } from '@coordlog/log/errors'
import type { Call, GlobalValues } from './define.js'
import { type ExitCode, exitCodes } from './exit/codes.js'
import { type Failure, usage } from './exit/failure.js'
import { answer } from './output/answer.js'
import { shellWord } from './output/shellWord.js'

/** A file that is there stays as it is: an attestation that can be written over proves nothing. */
export async function writeAttestation(call: Call<GlobalValues>, directory: string, into: string): Promise<ExitCode> {
  const file = resolve(call.context.cwd, into)
  const result = await attestLog(directory)
  if ('damage' in result) throw damagedError(result.damage)
  const { attestation } = result
  try {
    writeFileSync(file, `${JSON.stringify(attestation, undefined, 2)}\n`, { flag: 'wx' })
  } catch (error) {
    if (isCode(error, 'EEXIST')) throw isThere(file)
    throw error
  }
  const { sequence, head, segments } = attestation
  await answer(call, { ok: true, file, sequence, head, segments: segments.length }, () => [
    `Attested: events up to ${sequence}, in ${segments.length} ${segments.length === 1 ? 'segment' : 'segments'}`,
    `  Head: ${head}`,
    `  Written to: ${shown(file)}. Keep it, or the head, where those who can write to the log cannot.`,
  ])
  return exitCodes.done
}

function isThere(file: string): Failure {
  return usage(
    `${shown(file)} is there already, and is not written over. Name a new file, or check the log against this one: ` +
      `coord verify --against ${shellWord(file)}`,
    { file },
  )
}

export async function againstAttestation(call: Call<GlobalValues>, directory: string, from: string): Promise<ExitCode> {
  const isHead = /^[0-9a-f]{64}$/.test(from)
  const file = resolve(call.context.cwd, from)
  const attestation = isHead ? await sealedUpTo(directory, from) : readAttestation(file)
  if (attestation === undefined) return unknownHead(call, from)
  const check = await checkAttestation(directory, attestation)
  const { ok, proven, dropped, faults } = check
  await answer(
    call,
    { ...check, ...(!isHead && { file }), sequence: attestation.sequence, head: attestation.head },
    () => [
      ok
        ? `Unchanged: ${proven} of the ${attestation.sequence} events attested are byte for byte what they were.`
        : 'CHANGED:',
      ...faults.map((fault) => `  - ${shown(fault)}`),
      ...dropped.map(
        ({ first, last }) => `  Dropped since, so that nothing can be said of them: events ${first} to ${last}`,
      ),
    ],
  )
  return ok ? exitCodes.done : exitCodes.no
}

async function unknownHead(call: Call<GlobalValues>, head: string): Promise<ExitCode> {
  const faults = ['no sum that is stored here leads to this head: the history was replaced, or its list of seals was']
  await answer(call, { ok: false, proven: 0, dropped: [], faults, head }, () => [
    'CHANGED:',
    ...faults.map((fault) => `  - ${fault}`),
  ])
  return exitCodes.no
}

function readAttestation(file: string): Attestation {
  const attestation = parseAttestation(readFileSync(file, 'utf8'))
  if (attestation === undefined) throw usage(`${shown(file)} is no attestation of coord verify --attest.`, { file })
  return attestation
}
