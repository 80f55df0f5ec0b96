import { join } from 'node:path'
import type { Place } from '@coordlog/runtime/place'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import { usage } from '../exit/failure.js'
import { shimPath } from './files.js'
import { JsonProblem } from './jsonTree.js'
import { hasServer, type McpServerEntry, withoutServer, withServer } from './mcpServers.js'
import type { Scope } from './scope.js'
import type { SharedFile } from './sharedFile.js'
import { shellWord } from './shellWord.js'
import { readSnapshot, textOf } from './snapshot.js'

/** The client starts servers where it was started, which may be a folder below; the project's folder it says in the environment. */
const entry: McpServerEntry = {
  type: 'stdio',
  command: `\${CLAUDE_PROJECT_DIR:-.}/${shimPath}`,
  args: ['mcp'],
}

function mcpPath({ worktree }: Place): string {
  return join(worktree, '.mcp.json')
}

/** The servers of one project, as a file that we share with its owner. It is small, tracked, and no place for backups. */
export function mcpFile(place: Place, command: string): SharedFile {
  return {
    path: mcpPath(place),
    put: (text) => withServer(text, entry),
    take: withoutServer,
    isVoid: (text) => /^\s*(?:\{\s*\})?\s*$/.test(text),
    command,
    isWithoutBackup: true,
  }
}

/** A file that cannot be read counts as without. */
export function isMcpWired(place: Place): boolean {
  try {
    return hasServer(textOf(readSnapshot(mcpPath(place))))
  } catch (error) {
    if (error instanceof JsonProblem || error instanceof RuntimeProblem) return false
    throw error
  }
}

/** A server for oneself stands in a file that the client itself keeps, and rewrites while it runs. */
export function refuseUnshared(scope: Scope | undefined, coordlogRoot: string): void {
  if (scope === undefined || scope === 'project') return
  const program = shellWord(join(coordlogRoot, 'bin/coord'))
  throw usage(
    `--mcp needs --scope project: it writes .mcp.json, which everybody reads who has the repository. For yourself alone, run: claude mcp add --scope ${scope} coordlog -- ${program} mcp`,
  )
}
