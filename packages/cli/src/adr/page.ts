import { shown, shownBlock } from '@coordlog/coordination/shownText'
import type { Decision } from '@coordlog/coordination/state'

/**
 * A decision as a Markdown page, and the list of them. What somebody wrote stands in block quotes: a line of theirs cannot
 * pass for a heading or a field of ours.
 */

/** The first line of every file of ours; a file without it is somebody else's and is left alone. */
const markOf = (what: string) => `<!-- coordlog: ${what}. Written by "coord decisions export"; changes are lost. -->`

export function isOurs(text: string): boolean {
  return text.startsWith('<!-- coordlog: ')
}

export const indexName = 'README.md'

export function pageName({ id, title }: Decision): string {
  const words = (text: string) =>
    text
      .normalize('NFKD')
      .replaceAll(/[^A-Za-z0-9._]+/g, '-')
      .replaceAll(/^[-.]+|[-.]+$/g, '')
  return `${words(id)}-${words(title).toLowerCase().slice(0, 60)}`.replace(/-+$/, '').concat('.md')
}

export function decisionPage(decision: Decision, nameOf: (id: string) => string | undefined): string {
  const { id, title, category, scope, status, by, role, at, original } = decision
  const { description, problem, rationale, alternatives, files, dependencies = [], supersedes, supersededBy } = decision
  const link = (other: string) => (nameOf(other) === undefined ? code(other) : `[${plain(other)}](${nameOf(other)})`)
  return [
    markOf('one decision'),
    `# ${plain(id)}: ${plain(title)}`,
    '',
    `- Status: ${status}${supersededBy === undefined ? '' : `, superseded by ${link(supersededBy)}`}`,
    ...(supersedes === undefined ? [] : [`- Supersedes: ${link(supersedes)}`]),
    `- Category: ${category}`,
    `- Scope: ${scope}`,
    `- Date: ${plain(original?.at ?? at)}`,
    `- Made by: ${code(original?.by ?? by)} (${plain(original?.role ?? role) || 'no role'})`,
    ...files.map((file) => `- File: ${code(file)}`),
    ...dependencies.map((dependency) => `- Depends on: ${plain(dependency)}`),
    ...section('Context', problem),
    ...section('Decision', description),
    ...section('Rationale', rationale),
    ...(alternatives.length === 0
      ? []
      : ['', '## Alternatives considered', '', ...alternatives.map((each) => `- ${plain(each)}`)]),
    '',
  ].join('\n')
}

/** Newest first. */
export function indexPage(decisions: readonly Decision[], nameOf: (id: string) => string | undefined): string {
  const rows = decisions.toReversed().map((decision) => {
    const { id, title, category, status, at, original } = decision
    return `| [${plain(id)}](${nameOf(id)}) | ${plain(title)} | ${category} | ${status} | ${plain(original?.at ?? at).slice(0, 10)} |`
  })
  const head = ['| id | decision | category | status | date |', '|---|---|---|---|---|']
  return [markOf('the list of decisions'), '# Decisions', '', ...head, ...rows, ''].join('\n')
}

function section(title: string, text: string | undefined): string[] {
  if (text === undefined || text === '') return []
  return [
    '',
    `## ${title}`,
    '',
    ...shownBlock(text)
      .split('\n')
      .map((line) => `> ${harmless(line)}`.trimEnd()),
  ]
}

/** On one line, and without a meaning in Markdown or HTML. */
function plain(text: string): string {
  return harmless(shown(text)).replaceAll(/[\\`*_[\]|#]/g, '\\$&')
}

function harmless(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function code(text: string): string {
  return `\`${shown(text).replaceAll('`', "'")}\``
}
