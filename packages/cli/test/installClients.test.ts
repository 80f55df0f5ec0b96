import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chosenInstallers } from '../src/install/agents.js'
import { coordlogRoot, type Scratch, scratch, tree } from './scratchInstall.js'

/** Gemini CLI and Qwen Code have settings that they share with their person; opencode has a plugin that is ours alone. */

const test = suite('init and uninstall for Gemini CLI, Qwen Code and opencode')

function withScratch(agent: string, use: (s: Scratch) => void): void {
  const s = scratch(chosenInstallers([agent]))
  try {
    use(s)
  } finally {
    s.remove()
  }
}

function read(...path: string[]): string {
  return readFileSync(join(...path), 'utf8')
}

interface Handler {
  command: string
  timeout: number
}

function handlersIn(file: string): [event: string, matcher: string | undefined, handler: Handler][] {
  const { hooks }: { hooks: Record<string, { matcher?: string; hooks: Handler[] }[]> } = JSON.parse(read(file))
  return Object.entries(hooks).flatMap(([event, groups]) =>
    groups.flatMap(({ matcher, hooks: handlers }) =>
      handlers.map((handler): [string, string | undefined, Handler] => [event, matcher, handler]),
    ),
  )
}

const theirs =
  '{\n\t"theme": "dark",\n\t"hooks": {"SessionEnd": [{"hooks": [{"type": "command", "command": "true"}]}]}\n}'

const befores: Record<string, string | undefined> = {
  nothing: undefined,
  'settings of their own': theirs,
  'an empty object with blanks': '{ \n }',
  'an empty file': '',
}

for (const [agent, file, before] of [
  ['gemini', '.gemini/settings.json', 'BeforeTool'],
  ['qwen', '.qwen/settings.json', 'PreToolUse'],
] as const) {
  for (const [name, text] of Object.entries(befores)) {
    test(`${agent}: uninstall brings back ${name}, in both scopes`, () =>
      withScratch(agent, (s) => {
        if (text !== undefined) {
          s.write(file, text, 0o640)
          mkdirSync(join(s.home, file, '..'), { recursive: true })
          writeFileSync(join(s.home, file), text)
        }
        const untouched = tree(s.root)
        for (const scope of ['project', 'user'] as const) {
          const settings = join(scope === 'user' ? s.home : s.repository, file)
          s.install(scope, '2026-01-08T12:45:32.123Z')
          assert.ok(handlersIn(settings).some(([event]) => event === before))
          if (text === theirs) {
            assert.ok(
              handlersIn(settings).some(([, , { command }]) => command === 'true'),
              'what was there stays',
            )
            assert.is(read(`${settings}.coordlog-backup-20260108T124532Z`), theirs)
          }
          const installed = tree(s.root)
          assert.equal(s.install(scope, '2026-01-09T00:00:00.000Z').done, [], 'twice is once')
          assert.equal(tree(s.root), installed)
          s.uninstall(scope)
          assert.equal(tree(s.root), untouched, scope)
        }
      }))
  }

  test(`${agent}: a file that is no JSON stops it, with the place, and nothing is changed`, () =>
    withScratch(agent, (s) => {
      s.write(file, '{\n  "hooks": {,}\n}')
      const untouched = tree(s.root)
      assert.throws(
        () => s.install(),
        (error: unknown) =>
          error instanceof RuntimeProblem &&
          error.message.includes(`${file}, line 2, column 13`) &&
          error.message.includes(`coord init --agent ${agent} --scope project`),
      )
      assert.equal(tree(s.root), untouched)
    }))

  test(`${agent}: a plan alone changes nothing`, () =>
    withScratch(agent, (s) => {
      const untouched = tree(s.root)
      assert.ok(s.plan('project').lines.includes(`create  ${file}`))
      assert.equal(tree(s.root), untouched)
    }))

  test(`${agent}: no hook ever ends with anything but 0, or says what coordlog did not`, () =>
    withScratch(agent, (s) => {
      s.install()
      const shim = join(s.repository, '.claude/coordination/bin/coord')
      const programs: Record<string, string | undefined> = {
        missing: undefined,
        'a file that is no program': '\0\0',
        'an interpreter that is missing': '#!/no/such/interpreter\n',
        'a program that fails': '#!/bin/sh\nexit 3\n',
        'a program that dies': "#!/bin/sh\nexec sh -c 'kill -9 $$'\n",
      }
      for (const [name, text] of Object.entries(programs)) {
        spawnSync('rm', ['-f', shim])
        if (text !== undefined) writeFileSync(shim, text, { mode: 0o755 })
        for (const [event, , { command }] of handlersIn(join(s.repository, file))) {
          const folder = join(s.repository, '.claude')
          const ended = spawnSync('bash', ['-c', command], { cwd: folder, input: '{}', encoding: 'utf8' })
          assert.equal([ended.status, ended.stdout], [0, ''], `${event}, ${name}: ${ended.stderr}`)
        }
      }
    }))
}

test('Gemini counts in milliseconds, Qwen in seconds; only tools that write are asked about', () => {
  const limits = { gemini: [5_000, 10_000], qwen: [5, 10] }
  for (const agent of ['gemini', 'qwen'] as const) {
    withScratch(agent, (s) => {
      s.install()
      for (const [event, matcher, { timeout }] of handlersIn(join(s.repository, `.${agent}`, 'settings.json'))) {
        assert.ok(limits[agent].includes(timeout), `${agent} ${event} ${timeout}`)
        const isOfTool = /Tool(?:Use|UseFailure)?$/.test(event)
        assert.is(matcher !== undefined, isOfTool, `${agent} ${event}`)
        if (matcher !== undefined) assert.match('write_file', new RegExp(`^(?:${matcher})$`))
      }
    })
  }
})

const plugin = '.opencode/plugins/coordlog.js'

test('opencode: the plugin, and what spares it an installation; all of it goes again', () =>
  withScratch('opencode', (s) => {
    const untouched = tree(s.root)
    s.install()
    assert.match(read(s.repository, plugin), /\(coordlog-content:(?!0{16})[0-9a-f]{16}\)/)
    const lock = JSON.parse(read(s.repository, '.opencode/package-lock.json'))
    assert.equal(Object.keys(lock.packages[''].dependencies), ['@opencode-ai/plugin'])
    assert.ok(statSync(join(s.repository, '.opencode/node_modules')).isDirectory())
    s.git(s.repository, 'add', '-A')
    const seen = s.git(s.repository, 'ls-files', '.opencode')
    assert.is(seen, plugin, 'git sees the plugin alone')
    const installed = tree(s.root)
    assert.equal(s.install('project', '2026-01-09T00:00:00.000Z').done, [])
    assert.equal(tree(s.root), installed)
    s.uninstall()
    assert.equal(tree(s.root), untouched)
  }))

test('opencode: for a person, the plugin knows where coordlog is', () =>
  withScratch('opencode', (s) => {
    const untouched = tree(s.root)
    s.install('user')
    const text = read(s.home, '.config/opencode/plugins/coordlog.js')
    assert.ok(text.includes(`const installation = ${JSON.stringify(coordlogRoot)}`))
    assert.not(existsSync(join(s.repository, '.opencode')))
    s.uninstall('user')
    assert.equal(tree(s.root), untouched)
  }))

const their: [string, string, string][] = [
  ['dependencies of plugins of their own', '.opencode/package.json', '{"dependencies":{"left-pad":"1"}}'],
  ['what opencode installed', '.opencode/package-lock.json', '{"lockfileVersion":3,"packages":{"":{}}}'],
  ['modules', '.opencode/node_modules/left-pad/index.js', ''],
]
for (const [name, file, text] of their) {
  test(`opencode: ${name} stay theirs`, () =>
    withScratch('opencode', (s) => {
      s.write(file, text)
      const untouched = tree(join(s.repository, '.opencode'))
      s.install()
      const { [plugin.slice('.opencode/'.length)]: own, plugins, ...rest } = tree(join(s.repository, '.opencode'))
      assert.ok(own && plugins)
      assert.equal(rest, untouched)
      s.uninstall()
      assert.equal(tree(join(s.repository, '.opencode')), untouched)
    }))
}

test('opencode: a plugin that somebody changed is set aside by init, and stays at uninstall', () =>
  withScratch('opencode', (s) => {
    s.install()
    const file = join(s.repository, plugin)
    const changed = read(file).replace('programMs = 10_000', 'programMs = 99')
    writeFileSync(file, changed)
    assert.ok(s.uninstall().lines.some((line) => line.includes(`${plugin} was changed here and stays`)))
    assert.is(read(file), changed)
    s.install('project', '2026-01-09T00:00:00.000Z')
    assert.is(read(`${file}.coordlog-backup-20260109T000000Z`), changed)
    assert.is.not(read(file), changed)
  }))

test.run()
