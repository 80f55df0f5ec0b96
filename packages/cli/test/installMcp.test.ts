import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyPlan } from '../src/install/apply.js'
import { planInstall } from '../src/install/planInstall.js'
import { type Scratch, scratch, tree } from './scratchInstall.js'

/** The server's entry in .mcp.json: in with --mcp, out with uninstall, and nothing else of the file touched. */
const test = suite<{ at: Scratch }>('init --mcp')
test.before.each((context) => {
  context.at = scratch()
})
test.after.each(({ at }) => at.remove())

const entry = { type: 'stdio', command: '${CLAUDE_PROJECT_DIR:-.}/.claude/coordination/bin/coord', args: ['mcp'] }

function put({ request }: Scratch) {
  return applyPlan(planInstall({ ...request('project'), mcp: true }))
}

function text({ repository }: Scratch): string {
  return readFileSync(join(repository, '.mcp.json'), 'utf8')
}

test('a file of its own, once however often, kept by an init without the flag, and gone again', ({ at }) => {
  put(at)
  assert.equal(JSON.parse(text(at)), { mcpServers: { coordlog: entry } })
  const before = text(at)
  put(at)
  at.install('project')
  assert.is(text(at), before)
  at.uninstall()
  assert.not(existsSync(join(at.repository, '.mcp.json')))
})

test('no flag, no file; in the other scopes neither', ({ at }) => {
  at.install('project')
  at.install('local')
  assert.not(existsSync(join(at.repository, '.mcp.json')))
})

const others: [name: string, text: string][] = [
  ['another server', '{\n    "mcpServers": {\n        "docs": { "command": "docs", "args": [] }\n    }\n}\n'],
  ['on one line', '{"mcpServers":{"docs":{"command":"docs"}},"more":[1, 2]}'],
  ['no servers', '{\r\n\t"other": true\r\n}\r\n'],
]
for (const [name, whole] of others) {
  test(`${name}: what is there keeps its bytes, and all comes back`, ({ at }) => {
    at.write('.mcp.json', whole)
    const before = tree(at.repository)
    put(at)
    const { mcpServers, ...rest } = JSON.parse(text(at))
    const { coordlog, ...servers } = mcpServers
    assert.equal(coordlog, entry)
    const { mcpServers: theirs = {}, ...remaining } = JSON.parse(whole)
    assert.equal([servers, rest], [theirs, remaining])
    at.uninstall()
    assert.is(text(at), whole)
    assert.equal(tree(at.repository)['.mcp.json'], before['.mcp.json'])
    assert.not(Object.keys(tree(at.repository)).some((file) => /backup/.test(file)))
  })
}

test('an outdated entry of ours is replaced where it stands', ({ at }) => {
  at.write(
    '.mcp.json',
    '{"mcpServers":{"coordlog":{"command":"/old/bin/coord","args":["mcp"]},"docs":{"command":"d"}}}',
  )
  put(at)
  assert.equal(JSON.parse(text(at)).mcpServers, { coordlog: entry, docs: { command: 'd' } })
})

for (const [name, whole, reason] of [
  ['somebody else’s server of the name', '{"mcpServers":{"coordlog":{"command":"x"}}}', /another server has the name/],
  ['no JSON', '{"mcpServers":', /line 1, column/],
  ['a list', '{"mcpServers":[]}', /must be an object/],
] as const) {
  test(`${name}: nothing is changed, and it is said`, ({ at }) => {
    at.write('.mcp.json', whole)
    const before = tree(at.repository)
    assert.throws(() => put(at), reason)
    assert.equal(tree(at.repository), before)
    if (name.startsWith('somebody')) {
      at.install('project')
      at.uninstall()
      assert.is(text(at), whole)
    }
  })
}

test.run()
