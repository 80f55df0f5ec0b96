/** Tools that write files. What else writes goes through the shell. The plugin in hooks/templates/opencode sends their calls alone. */
export const writingTools: ReadonlySet<string> = new Set(['write', 'edit', 'multiedit', 'apply_patch', 'patch'])

export const shellTool = 'bash'

/** What the plugin tells of a session that it did not see begin: the program was started anew. */
export const continued = 'session.continued'
