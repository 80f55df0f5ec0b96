import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { RuntimeProblem } from '@coordlog/runtime/problems'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyPlan } from '../src/install/apply.js'
import { coordlogRoot, type Scratch, scratch, tree } from './scratchInstall.js'

const test = suite<Scratch>('init and uninstall')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

const settingsText =
  '{\n\t"model": "opus",\n\t"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "true"}]}]}\n}'

function read(path: string): string {
  return readFileSync(path, 'utf8')
}

function problemOf(act: () => unknown): RuntimeProblem {
  try {
    act()
  } catch (error) {
    if (error instanceof RuntimeProblem) return error
    throw error
  }
  throw new Error('nothing stopped it')
}

interface Settings {
  hooks: Record<string, { matcher?: string; hooks: { command: string }[] }[]>
}

function commandsIn(file: string): string[] {
  const settings: Settings = JSON.parse(read(file))
  return Object.values(settings.hooks).flatMap((groups) =>
    groups.flatMap(({ hooks }) => hooks.map(({ command }) => command)),
  )
}

test('an empty repository gets the files, executable, and nothing of this machine among what git sees', (s) => {
  s.install()
  for (const name of ['coord', 'coord-status', 'coord-lock', 'coord-decisions']) {
    assert.is(statSync(join(s.repository, '.claude/coordination/bin', name)).mode & 0o111, 0o111, name)
  }
  assert.is(statSync(join(s.repository, '.claude/hooks/lifecycle/coordination-init.sh')).mode & 0o111, 0o111)
  const start: Settings = JSON.parse(read(join(s.repository, '.claude/settings.json')))
  assert.is(
    start.hooks['SessionStart']?.[0]?.hooks[0]?.command,
    '"${CLAUDE_PROJECT_DIR}"/.claude/hooks/lifecycle/coordination-init.sh claude-code || :',
  )
  const home = join(s.repository, '.git/coordlog/home')
  assert.is(read(home), `${coordlogRoot}\n`)
  assert.is(statSync(home).mode & 0o777, 0o600)
  assert.is(statSync(join(s.repository, '.git/coordlog')).mode & 0o777, 0o700)
  s.git(s.repository, 'add', '-A')
  for (const path of s.git(s.repository, 'ls-files').split('\n')) {
    assert.not.ok(read(join(s.repository, path)).includes(s.root), `${path} names a folder of this machine`)
  }
})

test('git sees nothing of what the hooks leave behind', (s) => {
  s.install()
  s.git(s.repository, 'add', '-A')
  s.git(s.repository, 'commit', '-q', '-m', 'set up')
  s.write('.claude/logs/hooks.log', 'x\n')
  s.write('.claude/logs/hooks.log.1', 'x\n')
  s.write('.claude/.instance_env', 'x\n')
  s.write('.claude/coordination/work-registry.json', '{}')
  s.write('.claude/coordination/locks/a.json', '{}')
  s.write('.claude/settings.json.coordlog-backup-20260108T124532Z', '{}')
  assert.is(s.git(s.repository, 'status', '--porcelain'), '')
})

test('a second time changes nothing: no byte, no backup', (s) => {
  s.write('.claude/settings.json', settingsText)
  s.install()
  const before = tree(s.repository)
  const report = s.install('project', '2026-01-09T00:00:00.000Z')
  assert.equal(report.done, [])
  assert.equal(tree(s.repository), before)
})

test('a plan alone changes nothing', (s) => {
  s.write('.claude/settings.json', settingsText)
  const before = tree(s.root)
  const plan = s.plan('project')
  assert.ok(plan.changes.some(({ kind }) => kind === 'create'))
  assert.ok(plan.lines.some((line) => line.startsWith('change  .claude/settings.json')))
  assert.equal(tree(s.root), before)
})

test('the settings from before are kept beside them, whole', (s) => {
  s.write('.claude/settings.json', settingsText, 0o640)
  s.install('project', '2026-01-08T12:45:32.123Z')
  const file = join(s.repository, '.claude/settings.json')
  assert.is(read(`${file}.coordlog-backup-20260108T124532Z`), settingsText)
  assert.is(statSync(file).mode & 0o777, 0o640)
})

const befores: Record<string, (s: Scratch) => void> = {
  nothing: () => undefined,
  'settings of others': (s) => s.write('.claude/settings.json', settingsText, 0o600),
  'an empty object with blanks': (s) => s.write('.claude/settings.json', '{ \n }'),
  'empty lists of ours to be': (s) => s.write('.claude/settings.json', '{"hooks": {"Stop": [\n], "PreToolUse": []}}'),
  'an empty file': (s) => s.write('.claude/settings.json', ''),
  'ignore rules without a final newline': (s) => s.write('.claude/.gitignore', '*.tmp'),
  'an empty ignore file': (s) => s.write('.claude/.gitignore', ''),
  'the predecessor’s files': (s) => {
    s.write('.claude/coordination/bin/coord-status', '#!/bin/bash\necho old\n', 0o700)
    s.write('.claude/coordination/decision-log.json', '{"decisions":[]}')
    s.write('.claude/hooks/lifecycle/coordination-init.sh', 'old\n', 0o755)
    const command = '"$CLAUDE_PROJECT_DIR"/.claude/hooks/lifecycle/coordination-init.sh'
    s.write(
      '.claude/settings.json',
      JSON.stringify({ hooks: { SessionStart: [{ hooks: [{ type: 'command', command }] }] } }),
    )
  },
}

for (const [name, prepare] of Object.entries(befores)) {
  for (const scope of ['project', 'local', 'user'] as const) {
    test(`${name}, ${scope} scope: uninstall brings back every byte`, (s) => {
      prepare(s)
      const before = tree(s.root)
      s.install(scope)
      s.install(scope, '2026-01-10T00:00:00.000Z')
      s.uninstall()
      assert.equal(tree(s.root), before)
    })
  }
}

test('what was changed afterwards stays; the rest goes; the lines say so', (s) => {
  s.write('.claude/settings.json', settingsText)
  s.install()
  const file = join(s.repository, '.claude/settings.json')
  writeFileSync(file, read(file).replace('"opus"', '"sonnet"'))
  s.write('.claude/coordination/config.json', '{"enforce": "warn"}')
  s.write('.claude/coordination/bin/coord-lock', '#!/bin/sh\necho mine\n')
  s.write('.git/coordlog/00000001.ndjson', 'history')
  const { lines } = s.uninstall()
  assert.is(read(file), settingsText.replace('"opus"', '"sonnet"'))
  assert.is(read(join(s.repository, '.claude/coordination/config.json')), '{"enforce": "warn"}')
  assert.is(read(join(s.repository, '.claude/coordination/bin/coord-lock')), '#!/bin/sh\necho mine\n')
  assert.not.ok(existsSync(join(s.repository, '.claude/coordination/bin/coord')))
  assert.not.ok(existsSync(join(s.repository, '.claude/coordination/lib')))
  assert.is(read(join(s.repository, '.git/coordlog/00000001.ndjson')), 'history')
  const text = lines.join('\n')
  assert.match(text, /config\.json was changed here and stays/)
  assert.match(text, /coord-lock was changed here and stays/)
  assert.match(text, /history stays in \.git\/coordlog/)
  assert.match(text, /settings\.json\.coordlog-backup-\S+ stays/)
})

test('an older version of a file of ours is replaced in silence, a changed one is set aside', (s) => {
  s.install()
  const readme = join(s.repository, '.claude/coordination/README.md')
  const shim = join(s.repository, '.claude/coordination/bin/coord')
  const present = read(shim)
  writeFileSync(readme, `${read(readme)}our own note\n`)
  chmodSync(shim, 0o644)
  const report = s.install('project', '2026-02-01T00:00:00.000Z')
  assert.equal(
    report.done.map(({ path, backup }) => [path, backup !== undefined]),
    [
      [shim, false],
      [readme, true],
    ],
  )
  assert.is(read(shim), present)
  assert.is(statSync(shim).mode & 0o777, 0o755)
  assert.match(read(`${readme}.coordlog-backup-20260201T000000Z`), /our own note\n$/)
})

test('new files take the umask of the person, files that were there keep their mode', (s) => {
  const settings = s.write('.claude/settings.json', settingsText)
  chmodSync(settings, 0o664)
  const umask = process.umask(0o077)
  try {
    s.install()
  } finally {
    process.umask(umask)
  }
  assert.is(statSync(settings).mode & 0o777, 0o664)
  assert.is(statSync(join(s.repository, '.claude/coordination/bin/coord')).mode & 0o777, 0o700)
  assert.is(statSync(join(s.repository, '.claude/coordination/README.md')).mode & 0o777, 0o600)
  assert.equal(s.install().done, [])
})

test('malformed settings stop it before anything is written, with the place and the next command', (s) => {
  const file = s.write('.claude/settings.json', '{\n  "a": 1,\n  // note\n  "b": 2\n}\n')
  const before = tree(s.root)
  const problem = problemOf(() => s.install())
  assert.is(problem.code, 'unsafe')
  assert.ok(problem.message.startsWith(`${file}, line 3, column 3: a comment`), problem.message)
  assert.match(problem.message, /Nothing was changed\..* run: coord init/)
  assert.equal(tree(s.root), before)
})

const stopping: Record<string, [code: string, says: RegExp, prepare: (s: Scratch) => void]> = {
  'a byte order mark': ['unsafe', /byte order mark/, (s) => s.write('.claude/settings.json', '\ufeff{}')],
  'hooks of the wrong type': ['unsafe', /"hooks" is a list/, (s) => s.write('.claude/settings.json', '{"hooks": []}')],
  'bytes that are no text': [
    'unsafe',
    /not UTF-8/,
    (s) => {
      mkdirSync(join(s.repository, '.claude'))
      writeFileSync(join(s.repository, '.claude/settings.json'), Buffer.from([0x7b, 0xff, 0x7d]))
    },
  ],
  'read-only settings': [
    'denied',
    /read-only \(mode 444\).*chmod u\+w/,
    (s) => s.write('.claude/settings.json', '{}', 0o444),
  ],
  'a folder for a file': [
    'unsafe',
    /is not a file/,
    (s) => mkdirSync(join(s.repository, '.claude/settings.json'), { recursive: true }),
  ],
  'a link to nothing': [
    'unsafe',
    /symbolic link to a file that is not there/,
    (s) => {
      mkdirSync(join(s.repository, '.claude'))
      symlinkSync(join(s.root, 'gone.json'), join(s.repository, '.claude/settings.json'))
    },
  ],
  'a folder of ours that leads elsewhere': [
    'unsafe',
    /leads out of/,
    (s) => {
      mkdirSync(join(s.repository, '.claude'))
      mkdirSync(join(s.root, 'elsewhere'))
      symlinkSync(join(s.root, 'elsewhere'), join(s.repository, '.claude/coordination'))
    },
  ],
  'a link where a file of ours belongs': [
    'unsafe',
    /must be a file of its own/,
    (s) => {
      const precious = s.write('precious', 'precious')
      mkdirSync(join(s.repository, '.claude/coordination/bin'), { recursive: true })
      symlinkSync(precious, join(s.repository, '.claude/coordination/bin/coord'))
    },
  ],
}

for (const [name, [code, says, prepare]] of Object.entries(stopping)) {
  test(`${name}: stops, and nothing is changed`, (s) => {
    prepare(s)
    const before = tree(s.root)
    const problem = problemOf(() => s.install())
    assert.is(problem.code, code, problem.message)
    assert.match(problem.message, says)
    assert.equal(tree(s.root), before)
  })
}

test('linked settings: the file behind is changed, the link stays, and comes back whole', (s) => {
  const behind = s.write('dotfiles/claude.json', settingsText)
  mkdirSync(join(s.repository, '.claude'))
  symlinkSync('../dotfiles/claude.json', join(s.repository, '.claude/settings.json'))
  const before = tree(s.root)
  s.install()
  assert.is(realpathSync(join(s.repository, '.claude/settings.json')), behind)
  assert.ok(commandsIn(behind).length > 2)
  s.uninstall()
  assert.equal(tree(s.root), before)
})

test('settings that change between plan and act stop it, with nothing done', (s) => {
  s.write('.claude/settings.json', settingsText)
  const plan = s.plan('project')
  s.write('.claude/settings.json', '{"model":"haiku"}')
  const before = tree(s.root)
  assert.match(problemOf(() => applyPlan(plan)).message, /changed by somebody else/)
  assert.equal(tree(s.root), before)
})

test('local scope: absolute commands, and git sees none of it', (s) => {
  s.install('local')
  for (const command of commandsIn(join(s.repository, '.claude/settings.local.json'))) {
    const [, program = ''] = /^'([^']+)' .*claude-code \|\| :$/.exec(command) ?? []
    assert.ok(program.startsWith(`${s.repository}/.claude/`) && existsSync(program), command)
  }
  assert.is(s.git(s.repository, 'status', '--porcelain', '--untracked-files=all'), '')
})

test('local scope in a linked worktree: the main checkout’s entries are enough', (s) => {
  s.install('local')
  const linked = join(s.root, 'my app two')
  s.git(s.repository, 'worktree', 'add', '-q', '-b', 'two', linked)
  const report = s.install('local', undefined, linked)
  assert.not.ok(existsSync(join(linked, '.claude/settings.local.json')))
  assert.ok(existsSync(join(linked, '.claude/coordination/bin/coord')))
  assert.not.ok(existsSync(join(linked, '.claude/coordination/config.json')))
  assert.match(report.lines.join('\n'), /read in every worktree/)
  s.uninstall(undefined, linked)
  assert.ok(existsSync(join(s.repository, '.git/coordlog/home')), 'the main checkout still needs it')
  assert.is(s.git(s.repository, 'status', '--porcelain', '--untracked-files=all'), '')
})

test('user scope: the program itself, in the person’s settings', (s) => {
  s.install('user')
  assert.not.ok(existsSync(join(s.repository, '.claude/settings.json')))
  assert.equal(
    [...new Set(commandsIn(join(s.home, '.claude/settings.json')))],
    [`${join(coordlogRoot, 'bin/coord')} hook claude-code || :`],
  )
})

test('two scopes at once are told of, and one can go while the other keeps its files', (s) => {
  s.install('project')
  const report = s.install('local')
  assert.match(report.lines.join('\n'), /settings\.json has hook entries too: each event runs twice.*--scope project/)
  s.uninstall('project')
  assert.not.ok(existsSync(join(s.repository, '.claude/settings.json')))
  assert.ok(existsSync(join(s.repository, '.claude/coordination/bin/coord')))
  s.uninstall('local')
  assert.equal(tree(s.repository)['.claude'], undefined)
})

test('outside git: the note of the program stands beside the log', (s) => {
  const folder = join(s.root, 'plain folder')
  mkdirSync(folder)
  s.install('project', undefined, folder)
  assert.is(read(join(folder, '.claude/coordination/log/home')), `${coordlogRoot}\n`)
  s.uninstall(undefined, folder)
  assert.equal(tree(folder), {})
})

test('what the hooks left goes with them; a log with other lines stays', (s) => {
  s.install()
  s.write('.claude/.instance_env', 'CLAUDE_INSTANCE_ID=a\nCOORD_INSTANCE_ID=a\n')
  s.write('.claude/logs/hooks.log', '2026-01-08T12:45:32.123Z coordination: x\n')
  s.write('.claude/logs/hooks.log.1', 'formatted 3 files\n')
  s.uninstall()
  assert.equal(Object.keys(tree(join(s.repository, '.claude'))), ['logs', 'logs/hooks.log.1'])
})

test('uninstall where nothing is installed does nothing', (s) => {
  s.write('.claude/settings.json', settingsText)
  const before = tree(s.root)
  assert.equal(s.uninstall().done, [])
  assert.equal(tree(s.root), before)
})

test('a folder that may not be written is told, with what was done before', (s) => {
  if (process.getuid?.() === 0) {
    // Root may write anywhere; a file where the folder should be stops it as well.
    writeFileSync(join(s.repository, '.git/info'), '')
    const problem = problemOf(() => s.install('local'))
    assert.match(
      problem.message,
      /\.git\/info.*\d+ of \d+ changes were made before; running the command again does the rest/,
    )
    return
  }
  mkdirSync(join(s.repository, '.claude'))
  chmodSync(join(s.repository, '.claude'), 0o555)
  const problem = problemOf(() => s.install())
  assert.is(problem.code, 'denied')
})

test.run()
