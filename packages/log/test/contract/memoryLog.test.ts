import { createMemoryLog } from '../../src/memoryLog.js'
import { logContract } from './logContract.js'

logContract('the memory log', async () => createMemoryLog())
