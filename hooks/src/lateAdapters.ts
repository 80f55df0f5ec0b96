/**
 * The adapters in a hook's bundle: Claude Code's is at hand, those of the others are in a bundle of their own. What a hook loads it has to
 * load again at each event, and of six adapters it needs one.
 */

import type { adapterFor as adapterOf } from '@coordlog/agents/adapters'
import { claudeCode } from '@coordlog/agents/claudeCode/adapter'

/** In the bundle: bin/load.cjs. */
declare function require(id: 'all adapters'): { adapterFor: typeof adapterOf }

export const adapterFor: typeof adapterOf = (agentName) =>
  agentName === 'claude-code' ? claudeCode : require('all adapters').adapterFor(agentName)
