import type { EventData, EventType, RecordedEvent } from '../events.js'

/** A record of that type: the log holds only what passed its schema on the way in. */
export type Recorded<T extends EventType> = Omit<RecordedEvent, 'data'> & { readonly data: EventData<T> }
