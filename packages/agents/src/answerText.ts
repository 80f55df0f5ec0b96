/** Reading an answer back, as a client does. */
export function parsedAnswer(stdout: string): unknown {
  if (stdout.trim() === '') return undefined
  try {
    return JSON.parse(stdout)
  } catch (error) {
    // What is no JSON decides nothing.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export function memberAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined
}

export function textAt(value: unknown, key: string): string | undefined {
  const found = memberAt(value, key)
  return typeof found === 'string' ? found : undefined
}
