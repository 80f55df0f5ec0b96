import { discordText, notificationText, slackText } from '@coordlog/coordination/notification'
import { shown } from '@coordlog/coordination/shownText'
import type { LogRecord } from '@coordlog/log/contract'
import { crypto } from '@coordlog/runtime/lateModules'
import type { NotifyTarget } from '@coordlog/runtime/notifySettings'

/** What is posted for one event, to whom. docs/notifications.md is the receiver's side of it. */

export interface Message {
  /** The same for every try, and for no other event of any log: `h` stands for all the log up to it. */
  id: string
  type: string
  text: string
  /** For a webhook, beside the text. */
  facts: object
}

export interface Posted {
  headers: Record<string, string>
  body: string
}

const slackUnitsMax = 3_000
/** Discord takes 2,000 characters, and refuses more. */
const discordUnitsMax = 1_900

export function messageOf(record: LogRecord, repository: string): Message {
  const { seq: sequence, ts: time, type, by, data, h } = record
  return {
    id: `coordlog-${h}-${sequence}`,
    type,
    text: `[${shown(repository)}] ${notificationText(record)} (event ${sequence})`,
    facts: { repository, sequence, time, type, by, data },
  }
}

/** No event: to see whether it arrives. */
export function testMessage(repository: string): Message {
  const text = `[${shown(repository)}] A test message of coordlog: notifications arrive here.`
  return { id: `coordlog-test-${crypto().randomBytes(8).toString('hex')}`, type: 'test', text, facts: { repository } }
}

export interface Attempt {
  to: Exclude<NotifyTarget, 'off'>
  secret: string | undefined
  /** 1 for the first. */
  number: number
  /** An earlier one may have arrived: nobody heard what became of it. */
  mayBeRepeat: boolean
  /** Unix time, in seconds. */
  seconds: number
}

export function postedOf(message: Message, attempt: Attempt): Posted {
  const body = JSON.stringify(bodyOf(message, attempt))
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'coordlog',
    'idempotency-key': message.id,
    'coordlog-event': message.type,
    'coordlog-attempt': String(attempt.number),
  }
  if (attempt.secret === undefined) return { headers, body }
  const time = String(attempt.seconds)
  return {
    headers: { ...headers, 'coordlog-timestamp': time, 'coordlog-signature': signature(attempt.secret, time, body) },
    body,
  }
}

/** HMAC-SHA256 over "TIMESTAMP.BODY": whoever has the secret knows that the body is ours and how old it is. */
function signature(secret: string, time: string, body: string): string {
  return `v1=${crypto().createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`
}

function bodyOf(message: Message, { to, mayBeRepeat }: Attempt): object {
  const text = mayBeRepeat ? `${message.text} (may be a repeat)` : message.text
  switch (to) {
    case 'slack':
      return { text: slackText(text, slackUnitsMax), mrkdwn: false, unfurl_links: false, unfurl_media: false }
    case 'discord': {
      const withoutEmbeds = 4
      const content = discordText(text, discordUnitsMax)
      return { content, allowed_mentions: { parse: [] }, flags: withoutEmbeds }
    }
    case 'webhook':
      return { id: message.id, ...message.facts, text: message.text, mayBeRepeat }
  }
}
