import type { State } from './state.js'
import { type InstanceStatus, leaseRows, type Present, statusView } from './views.js'

/** A view for Prometheus: figures only, no text of an agent, so that a session cannot make labels without number. */

export interface Metric {
  name: string
  kind: 'gauge' | 'counter'
  help: string
  samples: { labels?: Record<string, string>; value: number }[]
}

const statuses: readonly InstanceStatus[] = ['active', 'idle', 'stale', 'crashed']

export function metricsOf(state: State, present: Present): Metric[] {
  const { instances, decisions, sequence } = statusView(state, present)
  const locks = leaseRows(state, present)
  const expired = locks.filter((lock) => lock.expired).length
  const oldest = locks.filter((lock) => !lock.expired).map(({ since }) => Date.parse(present.at) - Date.parse(since))
  const gauge = (name: string, help: string, value: number): Metric => ({
    name,
    kind: 'gauge',
    help,
    samples: [{ value }],
  })
  return [
    {
      name: 'coordlog_instances',
      kind: 'gauge',
      help: 'Instances that have not ended, by status.',
      samples: statuses.map((status) => ({
        labels: { status },
        value: instances.filter((row) => row.status === status).length,
      })),
    },
    gauge('coordlog_locks', 'Locks in force.', locks.length - expired),
    gauge('coordlog_locks_expired', 'Locks whose time is over and that nobody has asked for since.', expired),
    gauge(
      'coordlog_lock_oldest_seconds',
      'Age of the oldest lock in force; 0: there is none.',
      Math.max(0, ...oldest) / 1000,
    ),
    { name: 'coordlog_decisions_total', kind: 'counter', help: 'Decisions recorded.', samples: [{ value: decisions }] },
    { name: 'coordlog_events_total', kind: 'counter', help: 'Events of the log.', samples: [{ value: sequence }] },
  ]
}

/** The text exposition format, version 0.0.4. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, kind, help, samples }) => {
      const lines = samples.map(({ labels, value }) => `${name}${labelsText(labels)} ${value}`)
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...lines, ''].join('\n')
    })
    .join('')
}

function labelsText(labels: Record<string, string> | undefined): string {
  if (labels === undefined) return ''
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`
}
