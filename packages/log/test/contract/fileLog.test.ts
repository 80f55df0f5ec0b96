import { openFileLog } from '../../src/fileLog.js'
import { scratchDirectory } from '../scratch.js'
import { logContract } from './logContract.js'

logContract('the file log', () => openFileLog(scratchDirectory()))
/* So small that nearly every append seals a segment. */
logContract('the file log with tiny segments', () => openFileLog(scratchDirectory(), { segmentBytesMax: 300 }))
logContract('the file log that syncs every event', () => openFileLog(scratchDirectory(), { durability: 'all' }))
