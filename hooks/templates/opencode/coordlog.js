// coordlog for opencode: before a file is written it asks who holds it, and stops the write if somebody else does.
// Installed by coordlog (coordlog-content:0000000000000000); coord init brings it up to date, coord uninstall removes it.
//
// It talks to the resident of the repository over loopback, so that no process is started for a call; where none answers, it runs
// `coord hook opencode`. Whatever goes wrong with it lets opencode go on, and leaves a line in the hook log.
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of coordlog, filled in where this file lies in no repository; in one, the repository's own bin/coord finds it. */
const installation = ''

const writingTools = new Set(['write', 'edit', 'multiedit', 'apply_patch', 'patch', 'bash'])
const sessionEvents = ['session.created', 'session.compacted', 'session.idle', 'session.error', 'session.deleted']

/** How long the resident may take to give a sign of life, and then to answer. */
const residentMs = { signOfLife: 200, answer: 4_000 }
const programMs = 10_000
const lookUpMs = 1_000
const disposeMs = 2_000
/** Other tools show that a session lives; so often is enough. */
const signOfLifeMs = 30_000
/** A resident takes 256 KiB in one question. */
const questionBytesMax = 250_000
const variables = ['COORD_DIR', 'COORD_DEBUG', 'HOME', 'USER', 'LOGNAME', 'TZ']

export const Coordlog = async ({ directory, client }) => {
  const plugin = new Plugin(directory, client)
  return {
    event: ({ event }) => plugin.guarded(() => plugin.event(event)),
    'chat.message': (input, output) => plugin.guarded(() => plugin.prompt(input, output)),
    'tool.execute.before': async (input, output) => {
      const refusal = await plugin.guarded(() => plugin.before(input, output))
      // The model reads exactly this text.
      if (refusal) throw new Error(refusal)
    },
    'shell.env': (input, output) => plugin.guarded(() => plugin.shell(input, output)),
    'tool.execute.after': (input, output) => plugin.guarded(() => plugin.after(input, output)),
    dispose: () => plugin.guarded(() => plugin.dispose()),
  }
}

class Plugin {
  /** Session → who started it, its id here, what its model is still to be told, and the last message sent for it. */
  sessions = new Map()
  /** Calls that were let through → what their model is to be told, or undefined. */
  inFlight = new Map()

  constructor(directory, client) {
    this.directory = directory
    this.client = client
    this.desk = new Desk(directory)
  }

  /** Nothing that goes wrong here may stop a call, or turn a write that was done into a failed one. */
  async guarded(work) {
    try {
      return await work()
    } catch (error) {
      this.desk.note(`a fault of the plugin: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }

  async event({ type, properties }) {
    if (sessionEvents.includes(type)) {
      const { sessionID, info } = properties
      if (!sessionID) return
      const known = { sessionID, info: { parentID: info?.parentID, agent: info?.agent } }
      await this.send(sessionID, { hook: 'event', input: { event: { type, properties: known } } })
      if (type === 'session.deleted') this.sessions.delete(sessionID)
      return
    }
    const part = type === 'message.part.updated' ? properties.part : undefined
    if (part?.type !== 'tool' || part.state?.status !== 'error' || !this.inFlight.delete(part.callID)) return
    const { sessionID, tool, callID } = part
    const failed = { sessionID, part: { tool, callID, state: { status: 'error' } } }
    await this.send(sessionID, { hook: 'event', input: { event: { type, properties: failed } } })
  }

  async prompt({ sessionID, agent }, { message, parts }) {
    const texts = parts.filter(({ type, synthetic }) => type === 'text' && !synthetic)
    const told = texts.map(({ type, text }) => ({ type, text: text.slice(0, 8_192) }))
    const output = { message: { id: message.id }, parts: told }
    await this.send(sessionID, { hook: 'chat.message', input: { sessionID, agent }, output })
    const { context } = this.sessionOf(sessionID)
    const last = parts.at(-1)
    if (context.length === 0 || last === undefined) return
    // Parts are in the order of their ids.
    const id = `${last.id.slice(0, -14)}${'z'.repeat(14)}`
    const text = context.splice(0).join('\n')
    parts.push({ id, sessionID, messageID: message.id, type: 'text', text, synthetic: true })
  }

  /** The refusal, or undefined. */
  async before({ tool, sessionID, callID }, { args }) {
    if (!writingTools.has(tool)) return undefined
    const message = { hook: 'tool.execute.before', input: { tool, sessionID, callID }, output: { args: namesIn(args) } }
    const { deny, context } = await this.send(sessionID, message)
    if (deny === undefined) this.inFlight.set(callID, context)
    return deny
  }

  async after({ tool, sessionID, callID, args }, output) {
    const input = { tool, sessionID, callID, args: namesIn(args) }
    const message = { hook: 'tool.execute.after', input, output: { metadata: { exit: output?.metadata?.exit } } }
    if (!writingTools.has(tool)) {
      if (Date.now() - this.sessionOf(sessionID).sentAt > signOfLifeMs) void this.send(sessionID, message)
      return
    }
    const before = this.inFlight.get(callID)
    this.inFlight.delete(callID)
    const { context } = await this.send(sessionID, message)
    const told = [before, context].filter((text) => text !== undefined)
    if (told.length > 0 && typeof output?.output === 'string') output.output += `\n\n${told.join('\n')}`
  }

  /** What the session does by hand with coord is done in its name. Last in PATH, so that nothing is hidden. */
  async shell({ sessionID }, { env }) {
    const instance = this.sessions.get(sessionID)?.instance
    if (instance === undefined) return
    env.COORD_INSTANCE_ID = instance
    env.CLAUDE_INSTANCE_ID = instance
    const { program } = this.desk.place
    if (existsSync(program)) env.PATH = `${env.PATH ?? process.env.PATH}:${dirname(program)}`
  }

  /** opencode waits for it when it is left; at a signal it does not come. */
  async dispose() {
    const own = [...this.sessions].filter(([, { parentID }]) => parentID === undefined)
    const ends = own.map(([sessionID]) => this.send(sessionID, { hook: 'dispose', input: { sessionID } }))
    await within(disposeMs, Promise.all(ends))
  }

  sessionOf(id) {
    const fresh = {
      parentID: undefined,
      instance: undefined,
      context: [],
      last: Promise.resolve(),
      sentAt: 0,
      isBegun: false,
    }
    if (!this.sessions.has(id)) this.sessions.set(id, fresh)
    return this.sessions.get(id)
  }

  /** One after the other for each session. Never rejects. */
  send(id, message) {
    const session = this.sessionOf(id)
    const answered = session.last.then(async () => {
      if (!session.isBegun) await this.begin(id, session, message.input.event)
      return this.ask(session, message)
    })
    session.last = answered
    return answered
  }

  /** When opencode is started anew a session goes on, and nobody tells of its beginning. */
  async begin(id, session, event) {
    session.isBegun = true
    if (event?.type === 'session.created') session.parentID = event.properties.info.parentID
    else if (event?.type !== 'session.deleted') {
      session.parentID = await this.parentOf(id)
      await this.ask(session, { hook: 'session.continued', input: { sessionID: id } })
    }
  }

  async ask(session, message) {
    session.sentAt = Date.now()
    const { directory } = this
    const answer = await this.desk.ask({ ...message, directory, parentID: session.parentID })
    if (answer.person) this.tell(answer.person)
    if (answer.instance) session.instance = answer.instance
    // What comes with a call is told with its result; the rest waits for the next prompt.
    if (answer.context && !message.hook.startsWith('tool.')) session.context.push(answer.context)
    return answer
  }

  async parentOf(id) {
    const found = await this.guarded(() => within(lookUpMs, this.client?.session?.get({ path: { id } })))
    return found?.data?.parentID
  }

  tell(message) {
    void this.guarded(() => this.client?.tui?.showToast({ body: { title: 'coordlog', message, variant: 'warning' } }))
  }
}

/** What a writing tool's arguments say of files, without what is to stand in them. */
function namesIn(args) {
  return { filePath: args?.filePath, patchText: args?.patchText, command: args?.command }
}

/** Messages to coordlog and its answers, by the resident if there is one. */
class Desk {
  noted = new Set()
  count = 0

  constructor(directory) {
    this.directory = directory
    this.place = placeOf(directory)
  }

  /** An object with what coordlog has to say: `deny`, `context`, `person`. Never rejects. */
  async ask(message) {
    const payload = JSON.stringify(message)
    try {
      const text = (await this.askResident(payload)) ?? (await this.runProgram(payload))
      const answer = text.trim() === '' ? {} : JSON.parse(text)
      return typeof answer === 'object' && answer !== null ? answer : {}
    } catch (error) {
      this.note(`${message.hook} was not coordinated: ${error instanceof Error ? error.message : String(error)}`)
      return {}
    }
  }

  /** undefined: nobody answered. The form of both is told in packages/resident/src/frame.ts. */
  askResident(payload) {
    const address = this.address()
    if (address === undefined) return undefined
    const env = variables
      .filter((name) => process.env[name] !== undefined)
      .map((name) => `${name}=${process.env[name]}`)
    this.count += 1
    const argv = ['hook', 'opencode']
    const words = [
      ...[address.token, 'run', this.directory, String(process.pid), '0 0 80', `opencode.${process.pid}.${this.count}`],
      ...[String(env.length), ...env, String(argv.length), ...argv, 'text', payload],
    ]
    const question = netstring(Buffer.concat(words.map(netstring)))
    return question.length > questionBytesMax ? undefined : exchange(address.port, question)
  }

  /** A resident of this user, and of the coordlog that is installed. */
  address() {
    const [mark, build, port, , token] = (readOwn(join(this.place.coordination, 'resident')) ?? '').trim().split(' ')
    return mark === 'coordlog-resident-1' && token && build === this.build() ? { port: Number(port), token } : undefined
  }

  build() {
    const home = process.env.COORDLOG_HOME || installation || readOwn(join(this.place.coordination, 'home'))?.trim()
    return home ? readText(join(home, 'hooks', 'dist', 'build'))?.trim() : undefined
  }

  runProgram(payload) {
    const { program } = this.place
    if (!existsSync(program)) throw new Error(`${program} is not there; coord init puts it there`)
    return new Promise((resolve, reject) => {
      const child = spawn(program, ['hook', 'opencode'], { cwd: this.directory, stdio: ['pipe', 'pipe', 'ignore'] })
      let text = ''
      const end = (settle, value) => {
        clearTimeout(limit)
        settle(value)
      }
      const limit = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new Error(`${program} gave no answer within ${programMs} ms`))
      }, programMs)
      child.on('error', (error) => end(reject, error))
      child.on('close', (code, signal) => {
        if (code === 0) end(resolve, text)
        else end(reject, new Error(`${program} ended with ${signal ?? code}`))
      })
      child.stdout.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      // A program that does not read has ended, and says so by its exit code.
      child.stdin.on('error', () => undefined).end(payload)
    })
  }

  /** The same once only: a program that is missing is missing at every call. */
  note(line) {
    if (this.noted.has(line)) return
    this.noted.add(line)
    const { worktree, coordination } = this.place
    const claude = join(worktree, '.claude')
    const folder = existsSync(claude) ? join(claude, 'logs') : coordination
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const shown = line.replaceAll(/[^ -~]/g, '?').slice(0, 1_000)
      const text = `${new Date().toISOString()} coordination: opencode plugin: ${shown}\n`
      appendFileSync(join(folder, 'hooks.log'), text, { mode: 0o600 })
    } catch (error) {
      // Best effort by purpose: there is nowhere else to say it.
      if (error?.code === undefined) throw error
    }
  }
}

/** The text of the answer to one question; undefined if there is none in time, or only half of one. */
function exchange(port, question) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let bytes = Buffer.alloc(0)
    const end = (answer) => {
      clearTimeout(limit)
      socket.destroy()
      resolve(answer)
    }
    let limit = setTimeout(end, residentMs.signOfLife)
    socket.on('data', (chunk) => {
      if (bytes.length === 0) {
        clearTimeout(limit)
        limit = setTimeout(end, residentMs.answer)
      }
      bytes = Buffer.concat([bytes, chunk])
      const answer = answerIn(bytes)
      if (answer !== undefined) end(answer)
    })
    socket.on('error', () => end(undefined))
    socket.on('close', () => end(undefined))
    socket.write(question)
  })
}

/** "w" while it is at work; then "a", the counts in 32 characters, what goes to standard error, what goes to standard output. */
function answerIn(bytes) {
  const start = bytes[0] === 'w'.charCodeAt(0) ? 1 : 0
  if (bytes[start] !== 'a'.charCodeAt(0) || bytes.length < start + 33) return undefined
  const counts = bytes
    .toString('latin1', start + 1, start + 33)
    .trim()
    .split(' ')
    .map(Number)
  const [, talkBytes, dataBytes] = counts
  const from = start + 33 + talkBytes
  return bytes.length < from + dataBytes ? undefined : bytes.toString('utf8', from, from + dataBytes)
}

function netstring(text) {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes, Buffer.from(',')])
}

/** Where the log is and what to run, as coordlog finds them: from files alone. */
function placeOf(directory) {
  const own = resolve(fileURLToPath(import.meta.url), '..', '..', '..')
  const program = join(installation || join(own, '.claude', 'coordination'), 'bin', 'coord')
  const found = above(directory, (folder) => commonDirectory(join(folder, '.git')) !== undefined)
  const set = process.env.COORD_DIR ? resolve(directory, process.env.COORD_DIR) : undefined
  if (found !== undefined) {
    return { program, worktree: found, coordination: set ?? join(commonDirectory(join(found, '.git')), 'coordlog') }
  }
  const folder = above(directory, (each) => existsSync(join(each, '.claude', 'coordination'))) ?? directory
  return { program, worktree: folder, coordination: set ?? join(folder, '.claude', 'coordination', 'log') }
}

function above(start, isSo) {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (isSo(folder)) return folder
    if (folder === dirname(folder)) return undefined
  }
}

/** What all worktrees share. `git`: a folder in a main checkout, a file that names one in a linked worktree. */
function commonDirectory(git) {
  const facts = statSync(git, { throwIfNoEntry: false })
  if (facts?.isDirectory()) return existsSync(join(git, 'HEAD')) ? git : undefined
  const target = facts?.isFile() ? /^gitdir: (.+)/.exec(readText(git) ?? '')?.[1] : undefined
  if (target === undefined) return undefined
  const folder = resolve(dirname(git), target)
  return resolve(folder, readText(join(folder, 'commondir'))?.trim() || '.')
}

function readOwn(file) {
  const facts = lstatSync(file, { throwIfNoEntry: false })
  return facts?.isFile() && facts.uid === process.getuid?.() && facts.size <= 4_096 ? readText(file) : undefined
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function within(mostMs, work) {
  let limit
  const late = new Promise((resolve) => {
    limit = setTimeout(resolve, mostMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(limit))
}
