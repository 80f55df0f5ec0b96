import type { Server } from 'node:http'
import { isCode } from '@coordlog/log/errors'
import { type HookPort, readHookPort } from './hookPort.js'
import type { Journal } from './journal.js'
import { listen, type Routes } from './server.js'

/** Answers agents that post their hooks themselves, at the port that is set for it. Follows the setting. */
export interface HookServer {
  /** Begins, moves or ends as the setting says. A port that is taken is tried again at each look. */
  follow(): Promise<void>
  /** 0: nowhere. */
  port(): number
  close(): void
}

interface Open {
  setting: HookPort
  server: Server
}

export function createHookServer(
  directory: string,
  hook: NonNullable<Routes['hook']>,
  tell: { journal: Journal; onFault(error: unknown): void },
): HookServer {
  let open: Open | undefined
  let taken = 0
  const close = () => {
    if (open !== undefined) end(open.server)
    open = undefined
  }
  const follow = async () => {
    const setting = readHookPort(directory)
    if (setting?.port === open?.setting.port && setting?.token === open?.setting.token) return
    close()
    if (setting === undefined) return
    try {
      const desk = { token: setting.token, routes: { hook }, onFault: tell.onFault }
      const { server } = await listen(desk, setting.port)
      open = { setting, server }
      tell.journal(`hooks are answered on 127.0.0.1:${setting.port}`)
      taken = 0
    } catch (error) {
      if (!isCode(error, 'EADDRINUSE', 'EACCES')) throw error
      if (taken !== setting.port) {
        tell.journal(`another program has port ${setting.port}: hooks over http do not arrive. Run: coord init`)
      }
      taken = setting.port
    }
  }
  return { follow, port: () => open?.setting.port ?? 0, close }
}

export function end(server: Server): void {
  server.close()
  server.closeIdleConnections()
}
