import { limits, scopes } from '@coordlog/coordination/vocabulary'
import { custom, option } from '@oclif/core/flags'
import { checkedText, text } from './kinds.js'

/** The facts of a decision, shared by `decisions add` and `decisions supersede`. */
export const decisionFlags = {
  title: text(
    'title',
    limits.title,
  )({ required: true, summary: `what was decided, in a phrase (at most ${limits.title} characters)` }),
  description: text(
    'description',
    limits.description,
  )({
    required: true,
    summary: `what it means (at most ${limits.description} characters)`,
  }),
  scope: option({ options: scopes })({ summary: 'how far it reaches; default module' }),
  problem: text('problem', limits.description)({ summary: 'what it answers' }),
  rationale: text('rationale', limits.description)({ summary: 'why this and not something else' }),
  alternative: repeated(
    'alternative',
    limits.description,
  )({ summary: 'what else was considered; may be given several times' }),
  file: repeated('file', limits.pathBytes, 'PATH')({ summary: 'a file that it concerns; may be given several times' }),
  dependency: repeated('dependency', limits.title)({ summary: 'what it depends on; may be given several times' }),
}

function repeated(name: string, charactersMax: number, helpValue = 'TEXT') {
  return custom<string>({
    helpValue,
    multiple: true,
    multipleNonGreedy: true,
    parse: async (input) => checkedText(`--${name}`, charactersMax, input),
  })
}
