import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { isCode } from '@coordlog/log/errors'
import { askStatus } from './ask.js'
import { derivedPort, type HookPort, readHookPort } from './hookPort.js'

const choicesMax = 20

/**
 * The port for the hooks of a directory, which is to stay: the one it has, unless another program has taken that, else one
 * that follows from its name. The token stays too. Writes nothing.
 */
export async function chooseHookPort(directory: string): Promise<HookPort> {
  const known = readHookPort(directory)
  if (known !== undefined && ((await isFree(known.port)) || (await isOurs(directory, known.port)))) return known
  const token = known?.token ?? randomBytes(32).toString('hex')
  for (let choice = 0; choice < choicesMax; choice += 1) {
    const port = derivedPort(directory, choice)
    if (await isFree(port)) return { port, token }
  }
  return { port: derivedPort(directory, 0), token }
}

async function isOurs(directory: string, port: number): Promise<boolean> {
  return (await askStatus(directory))?.hookPort === port
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => {
      if (isCode(error, 'EADDRINUSE', 'EACCES')) resolve(false)
      else reject(error)
    })
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)))
  })
}
