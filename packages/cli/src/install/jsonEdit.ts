import type { ArrayNode, JsonNode, ObjectNode } from './jsonTree.js'

/** Changes of one place in a JSON text. Whatever is not of that place keeps its bytes; what comes in takes the style around it. */
export interface Splice {
  start: number
  end: number
  text: string
}

interface Span {
  start: number
  end: number
}

type Container = ObjectNode | ArrayNode

export function spliced(text: string, { start, end, text: inserted }: Splice): string {
  return text.slice(0, start) + inserted + text.slice(end)
}

export function appendMember(text: string, root: JsonNode, object: ObjectNode, key: string, value: unknown): Splice {
  return append(text, root, object, (layout) => {
    const colon = layout.kind === 'inline' ? ':' : ': '
    return JSON.stringify(key) + colon + rendered(value, layout)
  })
}

export function appendItem(text: string, root: JsonNode, array: ArrayNode, value: unknown): Splice {
  return append(text, root, array, (layout) => rendered(value, layout))
}

/** The inverse of append, if it was the last: the separator before it goes too, or the one behind it if there is more behind. */
export function removeChild(container: Container, index: number): Splice {
  const spans = childSpans(container)
  const [previous, child, next] = [spans[index - 1], spans[index], spans[index + 1]]
  if (child === undefined) throw new RangeError(`no child ${index} of ${spans.length}`)
  if (next !== undefined) return { start: child.start, end: next.start, text: '' }
  if (previous !== undefined) return { start: previous.end, end: child.end, text: '' }
  return { start: container.start + 1, end: container.end - 1, text: '' }
}

export function replaceNode(text: string, node: JsonNode, value: unknown): Splice {
  const isInline = !text.slice(node.start, node.end).includes('\n')
  const layout: Layout = isInline
    ? { kind: 'inline' }
    : { kind: 'block', indent: lineIndent(text, node.start), ...style(text) }
  return { start: node.start, end: node.end, text: rendered(value, layout) }
}

type Layout = { kind: 'inline' } | { kind: 'block'; indent: string; unit: string; eol: string }

function append(text: string, root: JsonNode, container: Container, render: (layout: Layout) => string): Splice {
  const spans = childSpans(container)
  const last = spans.at(-1)
  if (last === undefined) return fillEmpty(text, root, container, render)
  const separator = text.slice(spans.at(-2)?.end ?? container.start + 1, last.start)
  if (!separator.includes('\n')) {
    return { start: last.end, end: last.end, text: `,${render({ kind: 'inline' })}` }
  }
  const layout: Layout = { kind: 'block', indent: lineIndent(text, last.start), ...style(text) }
  return { start: last.end, end: last.end, text: `,${layout.eol}${layout.indent}${render(layout)}` }
}

function fillEmpty(text: string, root: JsonNode, container: Container, render: (layout: Layout) => string): Splice {
  const inside = { start: container.start + 1, end: container.end - 1 }
  const isInline = container !== root && !text.slice(root.start, root.end).includes('\n')
  if (isInline) return { ...inside, text: render({ kind: 'inline' }) }
  const outer = lineIndent(text, container.start)
  const { unit, eol } = style(text)
  const layout: Layout = { kind: 'block', indent: outer + unit, unit, eol }
  return { ...inside, text: `${eol}${layout.indent}${render(layout)}${eol}${outer}` }
}

function childSpans(container: Container): Span[] {
  return container.kind === 'object' ? container.members : container.items
}

function rendered(value: unknown, layout: Layout): string {
  if (layout.kind === 'inline') return JSON.stringify(value)
  return JSON.stringify(value, null, layout.unit).replaceAll('\n', layout.eol + layout.indent)
}

/** The white space at the beginning of the line on which `offset` stands. */
function lineIndent(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1
  return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? ''
}

/** One step of indentation is what the first indented line has. */
function style(text: string): { unit: string; eol: string } {
  return { unit: /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ', eol: text.includes('\r\n') ? '\r\n' : '\n' }
}
