import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { AgentRun, RealAgent } from './realAgent.js'
import type { Holder, Repository } from './scratch.js'

const content = 'by the first\n'

/** The real client, in the middle of a turn: its model has had it write the file, and does not answer until the turn is to end. */
export function runningHolder({ top }: Repository, real: RealAgent, client: string): Holder {
  const { agent } = real
  const path = `held-by-${agent}.txt`
  const file = join(top, path)
  let letEnd = () => {}
  let session: Promise<AgentRun> | undefined
  return {
    agent,
    path,
    hold() {
      const mayEnd = new Promise<void>((resolve) => {
        letEnd = resolve
      })
      return new Promise((resolve, reject) => {
        const waiting = async () => {
          resolve()
          await mayEnd
          return 'done'
        }
        session = real.run({ client, cwd: top, steps: [() => ({ path: file, content }), waiting] })
        const early = ({ code, stdout, stderr }: AgentRun) =>
          reject(new Error(`${agent} ended (${code}) before it held anything: ${stdout}\n${stderr}`))
        session.then(early, reject)
      })
    },
    async endTurn() {
      letEnd()
      const ran = await session
      assert.is(ran?.code, 0, `${agent}: ${ran?.stdout}\n${ran?.stderr}`)
      assert.is(readFileSync(file, 'utf8'), content, agent)
    },
  }
}
