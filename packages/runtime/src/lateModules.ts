import { createRequire } from 'node:module'
import { once } from '@coordlog/coordination/once'

/** Modules of Node that most hooks never need: each costs a start 2 to 7 ms, so they are loaded by their first use. */

/** Made on first use, too: it takes the address of this file apart. */
const require = (name: string) => loader()(name)
const loader = once(() => createRequire(import.meta.url))

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
