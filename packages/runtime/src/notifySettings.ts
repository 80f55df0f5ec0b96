import { eventSchemas } from '@coordlog/coordination/events'
import type { Config } from './config.js'
import { choice, type Setting } from './settingKinds.js'

/** Who is told of what (docs/notifications.md). The address and the secret are no settings: this file is committed. */

const targets = ['off', 'slack', 'discord', 'webhook'] as const
export type NotifyTarget = (typeof targets)[number]

const separator = /[\s,]+/

const events: Setting<Config> = {
  meaning: 'which types of events are told of, separated by commas',
  allowed: 'types of events, as in coord log --type',
  read: ({ notify }) => notify.events.join(','),
  write({ notify }, value) {
    const types = value.split(separator).filter((type) => type !== '')
    const fits = types.length > 0 && types.every((type) => Object.hasOwn(eventSchemas, type))
    if (fits) notify.events = [...new Set(types)]
    return fits
  },
}

export const notifySettings: Record<string, Setting<Config>> = {
  'notify.to': choice(
    'who is told of events',
    targets,
    (c) => c.notify.to,
    (c, v) => {
      c.notify.to = v
    },
  ),
  'notify.events': events,
}
