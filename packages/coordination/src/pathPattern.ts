/** `**` is any number of folders, `*` and `?` stay within one name, `[ab]` is one of those characters. */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const source = pattern.replace(/^\.\//, '').replaceAll(/\*\*\/?|\*|\?|\[!?[^\]/]+\]|[\\^$.|+(){}[\]]/g, (part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    if (part.length > 2) return `[${part.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`
    return `\\${part}`
  })
  const whole = new RegExp(`^${source}$`, 'u')
  return (path) => whole.test(path)
}
