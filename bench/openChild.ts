/** Opens a log, folds it, prints the last sequence: what every process has to do before it can answer. */

import { fold } from '@coordlog/coordination/fold'
import { openFileLog } from '@coordlog/log/fileLog'

async function main(directory: string): Promise<void> {
  const log = await openFileLog(directory, { readOnly: true })
  const { sequence, damage } = await log.load(fold)
  log.close()
  if (damage !== undefined) throw new Error(damage.reason)
  process.stdout.write(`${sequence}\n`)
}

void main(process.argv[2] ?? '')
