import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { installers } from '@coordlog/cli/install/agents'
import { findPlace } from '@coordlog/runtime/place'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bashVersion } from './seedGuide/stage.js'
import { skip } from './skip.js'

/**
 * macOS has bash 3.2 and the programs of BSD. Where there is such a bash (COORDLOG_BASH), the walk and the shell library run in it. Everywhere the
 * scripts are read for what only a newer bash knows, or only the programs of GNU: a word list proves no program, but these are what one writes
 * by mistake.
 */
const test = suite('bash 3.2, and the programs of macOS')
const root = resolve(import.meta.dirname, '..', '..')

const newer: readonly [pattern: RegExp, what: string][] = [
  [/\b(?:declare|local|typeset)\s+-[a-zA-Z]*[AngG]/, 'associative arrays, namerefs, declare -g (4.0, 4.2, 4.3)'],
  [/\b(?:mapfile|readarray|coproc)\b/, 'mapfile, coproc (4.0)'],
  [/\$\{[\w@*]+(?:\[[^\]]*\])?(?:\^|,|@[QEPAaUuLKk]\})/, '${x^^}, ${x,,}, ${x@Q} (4.0, 4.4, 5.1)'],
  [/\|&|&>>|;;?&/, '|&, &>>, ;& (4.0)'],
  [/\$\{[\w@*]+: -\d/, 'a negative length (4.2)'],
  [/\[\[?\s+-[vR]\s/, '[ -v x ] (4.2)'],
  [/printf\s+(?:-v\s+\w+\s+)?['"]?%\(/, 'printf %(…)T (4.2)'],
  [/\bread\b[^|;&\n]*\s-[a-zA-Z]*[Ni]\b/, 'read -N, read -i (4.0, 4.1)'],
  [/\bwait\s+-[nfp]\b/, 'wait -n (4.3)'],
  [/\{\d+\.\.\d+\.\.\d+\}/, '{1..9..2} (4.0)'],
  [/\$(?:EPOCHSECONDS|EPOCHREALTIME|BASHPID|SRANDOM)\b/, 'EPOCHSECONDS, BASHPID (4.0, 5.0)'],
  [/\bshopt\s+-\w\s+(?:globstar|lastpipe|inherit_errexit)\b/, 'globstar, lastpipe (4.0, 4.2, 4.4)'],
]

/** As a command: at the start, or after what lets one begin. */
const command = (words: string) =>
  new RegExp(String.raw`(?:^|[;&|(\x60]|\b(?:if|then|do|else|!|exec|command))\s*(?:${words})`)

const gnuOnly: readonly [pattern: RegExp, what: string][] = [
  [command(String.raw`sed\s+(?:-\w+\s+)*-\w*[ir]`), 'sed -i without a suffix, sed -r'],
  [command(String.raw`date\s+(?:-\w+\s+)*(?:-\w*d\b|--)|date\b[^;|&]*%[N3]`), 'date -d, date +%N'],
  [command(String.raw`readlink\s+-`), 'readlink -f'],
  [command(String.raw`stat\s+(?:-c|--|-\w*L?c)`), 'stat -c'],
  [command(String.raw`grep\s+(?:-\w+\s+)*-\w*P`), 'grep -P'],
  [
    command(String.raw`mktemp(?:\s+-d)?\s*(?:$|[;&|)])|mktemp\s+(?:-d\s+)?(?:-p|--)`),
    'mktemp without a template, mktemp -p',
  ],
  [command(String.raw`xargs\s+(?:-\w+\s+)*-\w*[rd]`), 'xargs -r, xargs -d'],
  [
    command(String.raw`head\s+-[nc]\s*-|sort\s+-\w*V|base64\s+-w|ln\s+-\w*[rT]|cp\s+-\w*[tT]|du\s+-\w*b`),
    'head -n -1, sort -V, …',
  ],
  [
    command(String.raw`(?:cat|chmod|cp|cut|head|ls|mkdir|mv|ps|rm|sort|tail|touch|wc)\s+(?:[^;|&]*\s)?--[a-z]`),
    'long options',
  ],
  [
    command(String.raw`(?:timeout|tac|nproc|realpath|flock|setsid|stdbuf|shuf|numfmt|(?:md5|sha\d+)sum)\b`),
    'no program of macOS',
  ],
  [/(?:^|[\s"'=<])\/proc\//, '/proc'],
]

function scripts(): string[] {
  const found = [
    'bin/coord',
    'bin/coord-status',
    'bin/coord-lock',
    'bin/coord-decisions',
    'bin/client.sh',
    'bin/detours.sh',
    'hooks/plugin/bin/coord',
  ]
  const templates = join(root, 'hooks/templates')
  for (const name of readdirSync(templates, { recursive: true, encoding: 'utf8' })) {
    const file = join(templates, name)
    if (/(?:\.sh|\/bin\/[\w-]+)$/.test(file)) found.push(relative(root, file))
  }
  return found
}

function objections(text: string, list: typeof newer): string[] {
  return text.split('\n').flatMap((line, index) => {
    if (/^\s*#/.test(line)) return []
    return list.flatMap(([pattern, what]) => (pattern.test(line) ? [`${index + 1}: ${what}: ${line.trim()}`] : []))
  })
}

for (const script of scripts()) {
  test(`${script} uses nothing newer, and nothing of GNU alone`, () => {
    const text = readFileSync(join(root, script), 'utf8')
    assert.equal([...objections(text, newer), ...objections(text, gnuOnly)], [])
  })
}

// opencode is told none.
for (const agent of installers.filter(({ name }) => name !== 'opencode')) {
  test(`the line that ${agent.name} is told to run uses nothing newer either`, () => {
    const place = findPlace({ cwd: root, env: {} })
    const request = { target: place, scope: agent.scopes[0] ?? 'project', home: '/nowhere', coordlogRoot: root }
    const { own, shared } = agent.files(request, 'coord init')
    const texts = [...own.map(({ content }) => content.toString('utf8')), ...shared.map(({ put }) => put(''))]
    for (const text of texts) assert.equal([...objections(text, newer), ...objections(text, gnuOnly)], [])
  })
}

test('the list finds what it is for', () => {
  for (const line of [
    'sed -i s/a/b/ file',
    'x=$(date -d @0)',
    'date -u +%s%N',
    'if readlink -f x; then',
    'cat x | stat -c %Y x',
    'grep -qP x',
    'folder=$(mktemp -d)',
    'ls | xargs -r rm',
    'timeout 5 x',
    'ls -l --time-style=iso',
    'read -r x </proc/self/stat',
  ]) {
    assert.ok(objections(line, gnuOnly).length > 0, line)
  }
  for (const line of [
    'date -u +%Y-%m-%d',
    'mktemp -d "${TMPDIR:-/tmp}/x.XXXXXX"',
    'link=$(readlink "$self")',
    'sed -n 1p',
    'ps -o state= -p 1',
  ]) {
    assert.equal(objections(line, gnuOnly), [])
  }
  for (const line of [
    'declare -A x',
    'mapfile -t x',
    'echo ${x,,}',
    'a |& b',
    'read -N 3 x',
    'wait -n',
    '[ -v x ]',
    'echo $EPOCHSECONDS',
  ]) {
    assert.ok(
      newer.some(([pattern]) => pattern.test(line)),
      line,
    )
  }
})

test('the walk and the shell library run in a bash 3.2', () => {
  const version = bashVersion()
  if (!version.startsWith('3.2')) skip('bash 3.2', `the bash here is ${version}; COORDLOG_BASH names another one`)
})

test.run()
