import { type EventData, type EventType, isEventType, type RecordedEvent } from './events.js'

/** A record of a known type. The log holds only what passed the schema of its type on the way in. */
export type Recorded<T extends EventType> = Omit<RecordedEvent, 'data'> & { readonly data: EventData<T> }

export function isOf<T extends EventType>(record: RecordedEvent, ...types: readonly T[]): record is Recorded<T> {
  return types.some((type) => type === record.type)
}

/** Whether this version knows its type. */
export function isKnown(record: RecordedEvent): record is Recorded<EventType> & { readonly type: EventType } {
  return isEventType(record.type)
}
