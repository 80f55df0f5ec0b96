import { createRequire } from 'node:module'

/** Modules of Node that most hooks never need: each costs a start 2 to 7 ms, so they are loaded by their first use. */

const require = createRequire(import.meta.url)

export function childProcess(): typeof import('node:child_process') {
  return require('node:child_process')
}

export function os(): typeof import('node:os') {
  return require('node:os')
}

export function crypto(): typeof import('node:crypto') {
  return require('node:crypto')
}

export function http(): typeof import('node:http') {
  return require('node:http')
}

export function https(): typeof import('node:https') {
  return require('node:https')
}

export function tls(): typeof import('node:tls') {
  return require('node:tls')
}
