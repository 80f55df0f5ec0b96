import type { EventData } from '../events.js'

/**
 * What an audit needs of the two commonest events, read from the JSON of their data without parsing the rest: four of five
 * records in a history are these. undefined: it is not as plain as that, and has to be parsed.
 *
 * A quote within a string is written with a backslash, so a name with its quotes cannot be part of a text: where "takenFrom": does
 * not stand, there is no such member, at any depth.
 */

export type Granted = Pick<EventData<'lock.acquired'>, 'paths' | 'takenFrom'>
export type Edited = Pick<EventData<'file.edited'>, 'paths' | 'released' | 'unleased' | 'tool'>

export function glanceAtGrant(dataText: string): Granted | undefined {
  const path = onlyPath(dataText)
  return path === undefined || dataText.includes(takenFrom) ? undefined : { paths: [path] }
}

/** Of a lease that goes on, and without a file that was edited without one: then nobody asks for the tool. */
export function glanceAtEdit(dataText: string): Edited | undefined {
  const path = onlyPath(dataText)
  if (path === undefined || !dataText.includes(nothingReleased) || dataText.includes(unleased)) return undefined
  return { paths: [path], released: [], tool: '' }
}

const opening = '{"paths":["'
const takenFrom = 'takenFrom":'
const nothingReleased = 'released":[]'
const unleased = 'unleased":'

/** The path, if it is the only one and stands there as it is. */
function onlyPath(dataText: string): string | undefined {
  if (!dataText.startsWith(opening)) return undefined
  const end = dataText.indexOf('"', opening.length)
  const path = dataText.slice(opening.length, end)
  return dataText.startsWith('],', end + 1) && !path.includes('\\') ? path : undefined
}
