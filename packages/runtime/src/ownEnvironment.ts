/** Of this process: what a program that it starts needs besides what its caller gave (a resident's callers give little). */
export function ownEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env
}
