import { request } from 'node:http'
import { isCode } from '@coordlog/log/errors'
import type { Address } from './address.js'

/** How long a resident that is there may take for its own affairs. */
const patienceMs = 2_000

/** One question to a resident; undefined when there is nobody at that address. */
export function ask(address: Address, method: 'GET' | 'POST', path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${address.token}` }
    const asked = request(
      { host: '127.0.0.1', port: address.port, method, path, headers, timeout: patienceMs },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => resolve(answer.statusCode === 200 ? text : undefined))
      },
    )
    asked.on('timeout', () => asked.destroy())
    asked.on('error', (error) => {
      if (isCode(error, 'ECONNREFUSED', 'ECONNRESET', 'EPIPE')) resolve(undefined)
      else reject(error)
    })
    asked.end()
  })
}
