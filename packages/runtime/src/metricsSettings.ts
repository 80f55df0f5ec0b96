import type { Config } from './config.js'
import type { Setting } from './settingKinds.js'

/** Below are ports that need a right. */
const portMin = 1_024
const portMax = 65_535

const port: Setting<Config> = {
  meaning: 'where the resident shows figures to Prometheus, on 127.0.0.1',
  allowed: `off | ${portMin} to ${portMax}`,
  read: ({ metrics }) => (metrics.port === undefined ? 'off' : String(metrics.port)),
  write({ metrics }, value) {
    const number = /^\d{1,5}$/.test(value) ? Number(value) : 0
    const fits = value === 'off' || (number >= portMin && number <= portMax)
    if (fits) metrics.port = value === 'off' ? undefined : number
    return fits
  },
}

export const metricsSettings: Record<string, Setting<Config>> = { 'metrics.port': port }
