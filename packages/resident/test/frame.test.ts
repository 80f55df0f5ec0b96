import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { contentOf, type Frame, FrameError, formatQuestion, parseQuestion } from '../src/frame.js'

/** What is asked arrives as it was written: words of ASCII and others, before, across and behind what is decoded at once. */

const frame = suite('frame')
const token = 't'.repeat(64)

function asked(words: Partial<Frame>): Frame {
  const base: Frame = {
    cwd: '/repo',
    callerPid: 42,
    isTerminal: { stdout: true, stderr: false },
    columns: 120,
    requestId: '1.2.3',
    env: Object.assign(Object.create(null), { HOME: '/home/dev', EMPTY: '' }),
    argv: ['lock', 'check', 'a.ts'],
    stdin: { kind: 'text', bytes: Buffer.from('') },
  }
  return { ...base, ...words }
}

/** Without the token, which is looked at before. */
function read(question: Frame): Frame {
  const whole = contentOf(formatQuestion(token, { verb: 'run', frame: question }), 1_000_000)
  if (!(whole instanceof Uint8Array)) throw new Error('no netstring')
  const parsed = parseQuestion(whole.subarray(`64:${token},`.length))
  if (parsed.verb !== 'run') throw new Error(`asked to run, read as ${parsed.verb}`)
  return parsed.frame
}

const words = ['plain', '', 'a'.repeat(700), 'ä', 'größe 大 🙂', 'é'.repeat(400), '1:2,3', '\n\t"\\', '\u007f\u0080']

frame('words of every length and script, in every place', () => {
  for (const one of words) {
    for (const other of words) {
      for (const behind of [1, 2_000, 2_040, 2_048, 5_000]) {
        const env = Object.assign(Object.create(null), { ONE: one, OTHER: other, LONG: 'x'.repeat(behind) })
        const bytes = Buffer.concat([Buffer.from(one), Buffer.from([0, 255, 128]), Buffer.from(other)])
        const wanted = asked({ cwd: `/${one}`, requestId: other, env, argv: [other, one, `${one}${other}`] })
        const found = read({ ...wanted, stdin: { kind: 'text', bytes } })
        assert.equal({ ...found, stdin: wanted.stdin }, wanted)
        assert.ok(found.stdin.kind === 'text' && Buffer.from(found.stdin.bytes).equals(bytes))
      }
    }
  }
})

frame('a file’s name of any script, and no question that is cut off', () => {
  const stdin = { kind: 'file', path: '/tmp/größe/大' } as const
  assert.equal(read(asked({ stdin })).stdin, stdin)
  const whole = contentOf(formatQuestion(token, { verb: 'run', frame: asked({ cwd: '/ä', stdin }) }), 10_000)
  if (!(whole instanceof Uint8Array)) throw new Error('no netstring')
  const body = whole.subarray(`64:${token},`.length)
  for (let length = 0; length < body.length; length += 1) {
    assert.throws(
      () => parseQuestion(body.subarray(0, length)),
      (error: unknown) => error instanceof FrameError,
    )
  }
})

frame.run()
