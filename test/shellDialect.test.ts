import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bashVersion } from './seedGuide/stage.js'
import { skip } from './skip.js'

/**
 * macOS has bash 3.2. Where there is one (COORDLOG_BASH), the walk and the shell library run in it. Everywhere the scripts are read for what
 * only a newer bash knows: a word list proves no program, but these are what one writes by mistake.
 */
const test = suite('bash 3.2')
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

function scripts(): string[] {
  const found = [
    'bin/coord',
    'bin/coord-status',
    'bin/coord-lock',
    'bin/coord-decisions',
    'bin/client.sh',
    'bin/detours.sh',
  ]
  const templates = join(root, 'hooks/templates')
  for (const name of readdirSync(templates, { recursive: true, encoding: 'utf8' })) {
    const file = join(templates, name)
    if (/(?:\.sh|\/bin\/[\w-]+)$/.test(file)) found.push(relative(root, file))
  }
  return found
}

for (const script of scripts()) {
  test(`${script} uses nothing newer`, () => {
    const lines = readFileSync(join(root, script), 'utf8').split('\n')
    const objections = lines.flatMap((line, index) => {
      if (/^\s*#/.test(line)) return []
      return newer.flatMap(([pattern, what]) =>
        pattern.test(line) ? [`${script}:${index + 1}: ${what}: ${line.trim()}`] : [],
      )
    })
    assert.equal(objections, [])
  })
}

test('the list finds what it is for', () => {
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
