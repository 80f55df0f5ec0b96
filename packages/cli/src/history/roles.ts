import type { State } from '@coordlog/coordination/state'
import type { LogRecord } from '@coordlog/log/contract'

/** The role of each author as it was when it wrote, known from the records that go by. */
export interface Roles {
  see(record: LogRecord): void
  of(instance: string): string
}

/** What went by before the first record that is read is taken from the present state. */
export function rolesKnownIn(state: State | undefined): Roles {
  const seen = new Map<string, string>()
  return {
    see({ type, by, data }) {
      const { role } = data
      if ((type === 'instance.registered' || type === 'instance.updated') && typeof role === 'string')
        seen.set(by, role)
    },
    of: (instance) => seen.get(instance) ?? state?.instances[instance]?.role ?? '',
  }
}
