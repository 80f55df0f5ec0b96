import { checkedAddress, setDestination } from '@coordlog/resident/notify/destination'
import type { Call, GlobalValues } from '../define.js'
import { type ExitCode, exitCodes } from '../exit/codes.js'
import { usage } from '../exit/failure.js'
import { answer } from '../output/answer.js'

const bytesMax = 4_096

/** From standard input: what stands in a command line, every user of the machine may read. */
export async function setAddress(call: Call<GlobalValues>, directory: string): Promise<ExitCode> {
  const [address = '', secret = ''] = (await firstBytes(call.context.stdin)).split(/\r?\n/).map((line) => line.trim())
  if (address === '')
    throw usage('Nothing came on standard input. Run: printf \'%s\\n\' "$URL" | coord notify --set-address')
  const { host } = checkedAddress(address)
  const chosen = setDestination(directory, address, secret === '' ? undefined : secret)
  const isMade = secret === ''
  await answer(call, { ok: true, host, ...(isMade && { secret: chosen }) }, () => [
    `Messages go to ${host}. To see one: coord notify --test`,
    ...(isMade ? [`A webhook checks them with this secret, which is shown only now: ${chosen}`] : []),
  ])
  return exitCodes.done
}

async function firstBytes(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > bytesMax)
      throw usage(`Standard input has more than ${bytesMax} bytes; give the address, and nothing else.`)
  }
  return Buffer.concat(chunks).toString('utf8')
}
