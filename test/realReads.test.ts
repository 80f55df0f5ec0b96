// timeout: 400s
// alone
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Checkout, checkout, edit, gate, history, read, remove, run, succeed } from './realClient/checkout.js'
import { installClient, runSession } from './realClient/client.js'
import type { Seen } from './realClient/scriptedModel.js'
import { skip } from './skip.js'

/** The real Claude Code edits on the grounds of what another session has changed since. */

const test = suite<{ checkout: Checkout }>('the real client reads')
const text = ['one', 'two', 'three', ''].join('\n')

test.before.each((context) => {
  context.checkout = checkout('reads', { 'shared.txt': text, 'other.txt': text })
  succeed(context.checkout.top, 'init')
})
test.after.each((context) => remove(context.checkout))

/** The session that read first and edits last, with the steps between its first reading and the end. */
async function played({ top }: Checkout, client: string, after: ((seen: Seen) => ReturnType<typeof edit> | string)[]) {
  const hasRead = gate()
  const shared = join(top, 'shared.txt')
  const changing = async () => {
    await hasRead.opened
    const run = await runSession({ client, cwd: top, steps: [() => read(shared), () => edit(shared, 'one', 'ONE')] })
    assert.is(run.code, 0, `${run.stdout}\n${run.stderr}`)
  }
  const changed = changing()
  const [first, ...rest] = after
  const run = await runSession({
    client,
    cwd: top,
    steps: [
      () => read(shared),
      async (seen) => {
        hasRead.open()
        await changed
        return first?.(seen) ?? 'done'
      },
      ...rest,
    ],
  })
  assert.is(run.code, 0, `${run.stdout}\n${run.stderr}`)
}

test('an edit of what another session changed is refused, read again, and made', async (context) => {
  const installed = installClient()
  if ('missing' in installed) return skip('the real client reads', installed.missing)
  const { top } = context.checkout
  const shared = join(top, 'shared.txt')
  let refusal = ''
  let reread = ''
  await played(context.checkout, installed.client, [
    () => edit(shared, 'three', 'THREE'),
    ({ last }) => {
      refusal = last
      return read(shared)
    },
    ({ last }) => {
      reread = last
      return edit(shared, 'three', 'THREE')
    },
  ])
  assert.is(readFileSync(shared, 'utf8'), 'ONE\ntwo\nTHREE\n', 'both changes stand')
  const events = history(top)
  const [theirs, mine] = events.filter(({ type }) => type === 'file.edited')
  const refused = events.filter(({ type }) => type === 'edit.refused')
  assert.equal(
    refused.map(({ by, data }) => [by, data['stale']]),
    [[mine?.by, [{ path: 'shared.txt', by: theirs?.by, at: theirs?.ts, sequence: theirs?.seq }]]],
  )
  assert.match(refusal, `File shared.txt was changed by instance ${theirs?.by} at `)
  assert.match(refusal, `event ${theirs?.seq})`)
  assert.not.match(refusal.split('was changed by instance')[0] ?? '', 'ONE')
  assert.match(reread.split('was changed by instance')[1] ?? '', 'ONE', 'what stands there was read')
  const between = events.filter(({ seq }) => seq > (refused[0]?.seq ?? 0) && seq < (mine?.seq ?? 0))
  assert.ok(between.some(({ type, data }) => type === 'lock.released' && Array.isArray(data['calls'])))
  assert.equal(JSON.parse(succeed(top, 'status', '--json')).locks, [])
})

test('read again before the edit: nothing is refused, and one event says why', async (context) => {
  const installed = installClient()
  if ('missing' in installed) return skip('the real client reads', installed.missing)
  const { top } = context.checkout
  const shared = join(top, 'shared.txt')
  await played(context.checkout, installed.client, [
    () => read(join(top, 'other.txt')),
    () => read(shared),
    () => edit(shared, 'three', 'THREE'),
  ])
  assert.is(readFileSync(shared, 'utf8'), 'ONE\ntwo\nTHREE\n')
  const types = history(top).map(({ type }) => type)
  assert.is(types.filter((type) => type === 'file.read').length, 1, 'of four reads, one showed something new')
  assert.not(types.includes('edit.refused'))
})

test('with reads.check off the edit goes ahead', async (context) => {
  const installed = installClient()
  if ('missing' in installed) return skip('the real client reads', installed.missing)
  const { top } = context.checkout
  const shared = join(top, 'shared.txt')
  assert.is(run(top, 'config', 'set', 'reads.check', 'off').status, 0)
  await played(context.checkout, installed.client, [() => edit(shared, 'three', 'THREE')])
  assert.is(readFileSync(shared, 'utf8'), 'ONE\ntwo\nTHREE\n')
  assert.not(history(top).some(({ type }) => ['edit.refused', 'file.read'].includes(type)))
})

test.run()
