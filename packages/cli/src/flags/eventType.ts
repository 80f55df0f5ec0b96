import { shown } from '@coordlog/coordination/shownText'
import { custom } from '@oclif/core/flags'
import { usage } from '../exit/failure.js'
import { didYouMean } from '../nearest.js'
import { eventTypes } from '../views/event.js'

const families = [...new Set([...eventTypes.map((type) => type.split('.', 1)[0] ?? ''), 'log'])]

/** A type or the first word of several. "log." are the engine's own events, which the domain has no list of. */
export const eventTypeFlag = custom<string>({
  helpValue: 'TYPE',
  multiple: true,
  multipleNonGreedy: true,
  parse: async (input) => {
    const known: readonly string[] = [...eventTypes, ...families]
    if (known.includes(input) || /^log\.[a-z_]+$/.test(input)) return input
    throw usage(
      `--type "${shown(input.slice(0, 60))}" is no type of event.${didYouMean(input, known)} ` +
        `Types: ${eventTypes.join(', ')}; or a family of them: ${families.join(', ')}.`,
      { value: input, allowed: known },
    )
  },
})
