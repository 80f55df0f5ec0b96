/**
 * opencode's part of bench/agents.ts: node agentsChild.js PLUGIN DIRECTORY. Loads the plugin as opencode does. Reads one message of the
 * plugin's a line, makes the call that leads to it, and prints one JSON line: what it took, and the refusal if there was one.
 */

import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [plugin = '', directory = ''] = process.argv.slice(2)
const { Coordlog } = await import(pathToFileURL(plugin).href)
const hooks = await Coordlog({ directory })

for await (const line of createInterface({ input: process.stdin })) {
  const { input, output } = JSON.parse(line)
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  const deny = await refusalOf(input, output)
  const wallMs = performance.now() - start
  const { user, system } = process.cpuUsage(cpuBefore)
  process.stdout.write(`${JSON.stringify({ wallMs, cpuMs: (user + system) / 1_000, deny })}\n`)
}

async function refusalOf(input: unknown, output: unknown): Promise<string | undefined> {
  try {
    await hooks['tool.execute.before'](input, output)
    return undefined
  } catch (error) {
    if (error instanceof Error) return error.message
    throw error
  }
}
