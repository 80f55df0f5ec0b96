import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Wiring } from '../src/install/agent.js'
import { type FolderTrust, folderTrustChecks, levelOf } from '../src/install/folderTrust.js'
import { trust as geminiTrust } from '../src/install/gemini/trust.js'

interface Context {
  root: string
  worktree: string
  folder: string
}

const test = suite<Context>('whether an agent trusts the folder')
test.before.each((context) => {
  context.root = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-trust-')))
  context.worktree = join(context.root, 'code', 'app')
  context.folder = join(context.root, '.gemini')
  for (const folder of [context.worktree, context.folder]) mkdirSync(folder, { recursive: true })
})
test.after.each(({ root }) => rmSync(root, { recursive: true }))

test('the longest rule that holds decides', ({ root, worktree }) => {
  const code = join(root, 'code')
  const rows: [object, string][] = [
    [{}, 'unknown'],
    [{ [worktree]: 'TRUST_FOLDER' }, 'trusted'],
    [{ [code]: 'TRUST_FOLDER' }, 'trusted'],
    [{ [code]: 'TRUST_FOLDER', [worktree]: 'DO_NOT_TRUST' }, 'refused'],
    [{ [code]: 'DO_NOT_TRUST', [worktree]: 'TRUST_FOLDER' }, 'trusted'],
    [{ [join(code, 'other')]: 'TRUST_PARENT' }, 'trusted'],
    [{ [join(code, 'ap')]: 'TRUST_FOLDER' }, 'unknown'],
    [{ '/': 'TRUST_FOLDER' }, 'trusted'],
    [{ [worktree]: 'SOMETHING_NEW' }, 'unknown'],
  ]
  for (const [rules, level] of rows) assert.is(levelOf(rules, worktree), level, JSON.stringify(rules))
  assert.is(levelOf('no rules', worktree), 'unknown')
  const link = join(root, 'link')
  symlinkSync(worktree, link)
  assert.is(levelOf({ [link]: 'TRUST_FOLDER' }, worktree), 'trusted', 'whatever way leads there')
})

const wiring = (scope: 'project' | 'user'): Wiring[] => [{ path: '/x', scope, isOfMainCheckout: false }]

function results(
  { folder, worktree }: Context,
  more: Partial<FolderTrust> = {},
  scope: 'project' | 'user' = 'project',
) {
  const agent = { name: 'gemini', title: 'Gemini CLI' }
  const trust = { agent, folder, worktree, env: {}, isAskedByDefault: true, variable: 'TRUST', ...more }
  return folderTrustChecks(trust, wiring(scope)).map(({ result, says }) => `${result}: ${says}`)
}

test('nobody has said yes: a warning, whose command is the program itself', (context) => {
  const [row = ''] = results(context)
  assert.match(
    row,
    /^warn: Gemini CLI does not trust .*app \(nobody has said so yet\), and so skips our hooks in silence/,
  )
})

test('what the files, the settings and the environment say', (context) => {
  const { folder, worktree } = context
  assert.match(results(context, { env: { TRUST: 'true' } })[0] ?? '', /^ok/)
  assert.match(results(context, { env: { TRUST: 'false' } })[0] ?? '', /^fault: TRUST is "false"/)
  assert.match(results(context, { isAskedByDefault: false })[0] ?? '', /^ok: .* asks about no folder/)
  writeFileSync(join(folder, 'trustedFolders.json'), JSON.stringify({ [worktree]: 'DO_NOT_TRUST' }))
  assert.match(results(context)[0] ?? '', /^warn: .*trustedFolders\.json says not to/)
  writeFileSync(join(folder, 'trustedFolders.json'), JSON.stringify({ [worktree]: 'TRUST_FOLDER' }))
  assert.match(results(context)[0] ?? '', /^ok: Gemini CLI trusts /)
  writeFileSync(join(folder, 'trustedFolders.json'), '{ // a comment')
  assert.match(results(context)[0] ?? '', /^warn/)
  writeFileSync(join(folder, 'settings.json'), '{"security":{"folderTrust":{"enabled":false}}}')
  assert.match(results(context)[0] ?? '', /^ok: .* asks about no folder/)
  assert.equal(results(context, {}, 'user'), [], 'hooks of a person need no trust')
})

test('hooks that Gemini was told not to run', ({ root, worktree }) => {
  const says = (config: object) => {
    writeFileSync(join(root, '.gemini', 'settings.json'), JSON.stringify({ hooksConfig: config }))
    return geminiTrust(worktree, root, { GEMINI_CLI_TRUST_WORKSPACE: 'true' }, wiring('project')).map(
      ({ result }) => result,
    )
  }
  assert.equal(says({ enabled: true }), ['ok'])
  assert.equal(says({ enabled: false }), ['fault', 'ok'])
  assert.equal(says({ disabled: ['coordlog'] }), ['fault', 'ok'])
  assert.equal(says({ disabled: ['another'] }), ['ok'])
})

test.run()
