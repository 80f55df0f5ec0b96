import * as z from 'zod/mini'
import { $ZodError } from 'zod/v4/core'

/** What lightSchemas.ts stands for, by zod itself: loaded when it has to be said why something does not fit. Only these are bundled. */
export const full = {
  $ZodError,
  array: z.array,
  boolean: z.boolean,
  enum: z.enum,
  exactOptional: z.exactOptional,
  maxLength: z.maxLength,
  minLength: z.minLength,
  nullish: z.nullish,
  number: z.number,
  object: z.object,
  optional: z.optional,
  record: z.record,
  string: z.string,
  union: z.union,
  unknown: z.unknown,
}
