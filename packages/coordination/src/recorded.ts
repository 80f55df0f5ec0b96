import type { EventData, EventType, RecordedEvent } from './events.js'

/** A record of a known type. The log holds only what passed the schema of its type on the way in. */
export type Recorded<T extends EventType> = Omit<RecordedEvent, 'data'> & { readonly data: EventData<T> }

export function isOf<T extends EventType>(record: RecordedEvent, ...types: readonly T[]): record is Recorded<T> {
  return (types as readonly string[]).includes(record.type)
}
