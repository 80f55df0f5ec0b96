import { durationText, parseDuration } from '@coordlog/coordination/duration'
import { shown } from '@coordlog/coordination/shownText'
import {
  enforceModes,
  holdModes,
  readModes,
  ttlMsMax,
  ttlMsMin,
  worktreeModes,
} from '@coordlog/coordination/vocabulary'
import type { Change } from '@coordlog/coordination/whatIf'
import { usage } from '../exit/failure.js'
import { didYouMean } from '../nearest.js'

/** Settings that can be other than they were, and how each becomes part of a policy; undefined: not allowed. */
const settings: Readonly<Record<string, { allowed: string; change(value: string): Change | undefined }>> = {
  enforce: choice(enforceModes, (enforce) => ({ enforce })),
  worktrees: choice(worktreeModes, (worktrees) => ({ worktrees })),
  'lock.hold': choice(holdModes, (hold) => ({ hold })),
  'lock.ttl': span((ttlMs) => ({ ttlMs })),
  'reads.check': choice(readModes, (reads) => ({ reads })),
  'instance.stale': span((staleMs) => ({ staleMs })),
}

function choice<T extends string>(values: readonly T[], change: (value: T) => Change) {
  return {
    allowed: values.join(' | '),
    change: (text: string) => {
      const value = values.find((each) => each === text)
      return value === undefined ? undefined : change(value)
    },
  }
}

function span(change: (ms: number) => Change) {
  return {
    allowed: `${durationText(ttlMsMin)} to ${durationText(ttlMsMax)}`,
    change: (text: string) => {
      const ms = parseDuration(text)
      return ms === undefined || ms < ttlMsMin || ms > ttlMsMax ? undefined : change(ms)
    },
  }
}

export const changeableKeys = Object.keys(settings)

/** "lock.ttl=60s" */
export function readChange(input: string): Change {
  const at = input.indexOf('=')
  const key = at < 0 ? input : input.slice(0, at)
  const setting = Object.hasOwn(settings, key) ? settings[key] : undefined
  if (setting === undefined || at < 0) {
    throw usage(
      `--set "${shown(input.slice(0, 60))}" is not KEY=VALUE.${didYouMean(key, changeableKeys)} Keys: ${changeableKeys.join(', ')}.`,
      { value: input, allowed: changeableKeys },
    )
  }
  const value = input.slice(at + 1)
  const change = setting.change(value)
  if (change !== undefined) return change
  throw usage(`--set ${key} cannot be "${shown(value.slice(0, 60))}"; allowed: ${setting.allowed}.`, { value, key })
}
