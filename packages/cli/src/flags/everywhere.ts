import { string } from '@oclif/core/flags'
import { toggle } from './kinds.js'

/** Accepted by every command, before and after its words. */
export const globalFlags = {
  json: toggle('one JSON document on stdout (streams: one per line)'),
  dir: string({ helpValue: 'DIR', summary: 'the coordination directory (env COORD_DIR)' }),
  repo: string({ helpValue: 'DIR', summary: "a folder of the repository; default: the working folder's" }),
  'allow-network-fs': toggle('record although the directory lies on a file system that machines share'),
  help: toggle('show this text'),
}
