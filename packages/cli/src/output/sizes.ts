const units = ['bytes', 'KiB', 'MiB', 'GiB'] as const

/** "512 bytes", "1.4 MiB". */
export function bytesText(bytes: number): string {
  let value = Math.abs(bytes)
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const text = unit === 0 ? String(value) : value.toFixed(1)
  return `${bytes < 0 ? '-' : ''}${text} ${units[unit]}`
}
