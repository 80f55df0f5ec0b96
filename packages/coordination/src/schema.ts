import * as z from 'zod/mini'
import { once } from './once.js'

/** An object's schema, made when it is first asked for: building all of them would cost each start of a hook 3 ms, and one event needs two. */
export function object<Shape extends z.core.$ZodShape>(
  shape: () => Shape,
): () => z.ZodMiniObject<Shape, z.core.$strip> {
  return once(() => z.object(shape()))
}
