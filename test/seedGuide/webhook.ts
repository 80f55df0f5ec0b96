import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { Stage } from './stage.js'

/** Runs the script that `scriptFor` makes of a webhook's address; what was posted there, and how the script ended. */
export async function withWebhook(
  stage: Stage,
  scriptFor: (url: string) => string,
): Promise<{ code: number | null; bodies: string[] }> {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      bodies.push(body)
      response.end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const script = scriptFor(`http://127.0.0.1:${port}/hook`)
  const child = spawn('bash', ['--norc', '-c', script], { cwd: stage.top, env: stage.env, stdio: 'ignore' })
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  server.close()
  return { code, bodies }
}
