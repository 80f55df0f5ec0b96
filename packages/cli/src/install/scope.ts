/** Whose configuration: everybody's who clones the repository, one person's here, one person's everywhere. */
export const scopes = ['project', 'local', 'user'] as const
export type Scope = (typeof scopes)[number]

/** How hooks reach coordlog: a process each, or posted to the resident by the client. */
export const transports = ['command', 'http'] as const
export type Transport = (typeof transports)[number]
