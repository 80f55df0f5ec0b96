import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'

/** A real Chromium, spoken to through a pipe in its own debugging protocol. */

export interface Browser {
  /** One command of the protocol. */
  send(method: string, params?: object): Promise<Record<string, unknown>>
  /** What an expression is worth in the page. */
  valueOf(expression: string): Promise<unknown>
  /** Events that came, by name. */
  readonly events: { method: string; params: unknown }[]
  close(): Promise<void>
}

export function findChromium(): string | undefined {
  return ['chromium', 'chromium-browser', 'google-chrome'].find((name) => spawnSync(name, ['--version']).status === 0)
}

interface Message {
  id?: number
  method?: string
  params?: unknown
  result?: Record<string, unknown>
  error?: { message: string }
}

export async function openBrowser(program: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'coordlog-browser-'))
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
  ]
  const child = spawn(program, [...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
  const [, , , input, output] = child.stdio
  if (!(input instanceof Duplex && output instanceof Duplex)) throw new Error('the browser has no pipes')
  const waiting = new Map<number, (message: Message) => void>()
  const events: Browser['events'] = []
  let rest = ''
  let last = 0
  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0')
    rest = messages.pop() ?? ''
    for (const message of messages.map((each): Message => JSON.parse(each))) {
      if (message.id !== undefined) waiting.get(message.id)?.(message)
      else if (message.method !== undefined) events.push({ method: message.method, params: message.params })
    }
  })
  const call = (method: string, params: object, sessionId?: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      last += 1
      waiting.set(last, ({ result, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result ?? {}),
      )
      input.write(`${JSON.stringify({ id: last, method, params, ...(sessionId && { sessionId }) })}\0`)
    })
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true })
  const send = (method: string, params: object = {}) => call(method, params, String(sessionId))
  return {
    send,
    events,
    valueOf: async (expression) => {
      const { result } = await send('Runtime.evaluate', { expression, returnByValue: true })
      return new Map(Object.entries(result ?? {})).get('value')
    },
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      await call('Browser.close', {})
      await ended
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
