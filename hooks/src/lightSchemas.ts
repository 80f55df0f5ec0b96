/**
 * What the schemas of a hook are made of, in the place of zod: to load zod and to build schemas with it costs a start 3 ms. Each of these
 * only says whether a value fits, which is what nearly every hook asks; what it yields is the value itself, with the fields that the
 * schema does not name. Why a value does not fit is said by zod, which is loaded for that. The bundle takes this module wherever
 * 'zod/mini' or 'zod/v4/core' is imported; test/lightSchemas compares the two on every schema. The names are zod's.
 */

import type { z } from 'zod/mini'

type Full = typeof import('./fullSchemas.js').full
type Fits = (value: unknown) => boolean
interface Shape {
  readonly [key: string]: Schema
}

/** In the bundle: bin/load.cjs, with zod in a bundle of its own. */
declare function require(id: 'zod in full'): { full: Full }

let loaded: Full | undefined

function full(): Full {
  loaded ??= require('zod in full').full
  return loaded
}

/** `inFull` makes the same schema of zod. */
class Schema {
  constructor(
    readonly fits: Fits,
    readonly inFull: () => z.ZodMiniType,
    /** Of an object. */
    readonly shape: Shape = {},
    /** The field may be absent, but if it is there it must fit. */
    readonly isExactOptional = false,
  ) {}

  check(...checks: readonly Check[]): Schema {
    const fits = (value: unknown) => this.fits(value) && checks.every((check) => check.fits(value))
    return new Schema(fits, () => this.inFull().check(...checks.map(({ inFull }) => inFull())))
  }

  parse(value: unknown): unknown {
    return this.fits(value) ? value : this.inFull().parse(value)
  }

  safeParse(value: unknown): { success: true; data: unknown } | { success: false } {
    return this.fits(value) ? { success: true, data: value } : { success: false }
  }
}

interface Check {
  readonly fits: Fits
  readonly inFull: () => ReturnType<typeof z.minLength> | ReturnType<typeof z.maxLength>
}

export function minLength(least: number): Check {
  return { fits: (value) => typeof value === 'string' && value.length >= least, inFull: () => full().minLength(least) }
}

export function maxLength(most: number): Check {
  return { fits: (value) => typeof value === 'string' && value.length <= most, inFull: () => full().maxLength(most) }
}

export function string(): Schema {
  return new Schema(
    (value) => typeof value === 'string',
    () => full().string(),
  )
}

export function number(): Schema {
  return new Schema(Number.isFinite, () => full().number())
}

export function boolean(): Schema {
  return new Schema(
    (value) => typeof value === 'boolean',
    () => full().boolean(),
  )
}

export function unknown(): Schema {
  return new Schema(
    () => true,
    () => full().unknown(),
  )
}

function enumeration(words: readonly string[]): Schema {
  return new Schema(
    (value) => words.some((word) => word === value),
    () => full().enum(words),
  )
}

export { enumeration as enum }

export function union(options: readonly Schema[]): Schema {
  const fits = (value: unknown) => options.some((option) => option.fits(value))
  return new Schema(fits, () => full().union(options.map(({ inFull }) => inFull())))
}

export function optional(inner: Schema): Schema {
  return new Schema(
    (value) => value === undefined || inner.fits(value),
    () => full().optional(inner.inFull()),
  )
}

export function nullish(inner: Schema): Schema {
  return new Schema(
    (value) => value === undefined || value === null || inner.fits(value),
    () => full().nullish(inner.inFull()),
  )
}

export function exactOptional(inner: Schema): Schema {
  return new Schema(inner.fits, () => full().exactOptional(inner.inFull()), {}, true)
}

export function array(element: Schema): Schema {
  return new Schema(
    (value) => Array.isArray(value) && value.every(element.fits),
    () => full().array(element.inFull()),
  )
}

export function record(key: Schema, element: Schema): Schema {
  return new Schema(
    (value) => isObject(value) && Object.keys(value).every((name) => key.fits(name) && element.fits(value[name])),
    () => full().record(full().string(), element.inFull()),
  )
}

export function object(shape: Shape): Schema {
  const fields = Object.entries(shape)
  const fits = (value: unknown) => isObject(value) && fields.every(([name, field]) => fieldFits(value, name, field))
  const inFull = () => full().object(Object.fromEntries(fields.map(([name, field]) => [name, field.inFull()])))
  return new Schema(fits, inFull, shape)
}

export function extend(base: Schema, more: Shape): Schema {
  return object({ ...base.shape, ...more })
}

function fieldFits(value: Readonly<Record<string, unknown>>, name: string, { fits, isExactOptional }: Schema): boolean {
  return (isExactOptional && !(name in value)) || fits(value[name])
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** For instanceof: an error of zod's is one only once it has been loaded. */
export const $ZodError = {
  [Symbol.hasInstance]: (error: unknown) => loaded !== undefined && error instanceof loaded.$ZodError,
}
