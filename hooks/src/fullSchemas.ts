import {
  array,
  boolean,
  exactOptional,
  maxLength,
  minLength,
  nullish,
  number,
  object,
  optional,
  record,
  string,
  union,
  unknown,
  enum as words,
} from 'zod/mini'
import { $ZodError } from 'zod/v4/core'

/** What lightSchemas.ts stands for, by zod itself: loaded when it has to be said why something does not fit. */
export const full = {
  $ZodError,
  array,
  boolean,
  enum: words,
  exactOptional,
  maxLength,
  minLength,
  nullish,
  number,
  object,
  optional,
  record,
  string,
  union,
  unknown,
}
