import type { ServerContext } from '@modelcontextprotocol/server'

/** A client that asks for progress takes a call for dead that is silent for long. */
const everyMs = 2_000

/** Tells that a call is under way, where the client asked to be told, until `work` ends. */
export async function withProgress<T>({ mcpReq }: ServerContext, message: string, work: Promise<T>): Promise<T> {
  const progressToken = mcpReq._meta?.progressToken
  if (progressToken === undefined) return work
  let progress = 0
  const tell = () => {
    progress += 1
    const params = { progressToken, progress, message }
    // Where nobody listens any more, the call itself is ended by its signal.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => clearInterval(timer))
  }
  const timer = setInterval(tell, everyMs)
  tell()
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}
