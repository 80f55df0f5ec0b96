import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commands } from '../src/table.js'
import { type Scratch, scratch } from './scratchCli.js'

const test = suite<Scratch>('coord completion')
test.before.each((context) => {
  Object.assign(context, scratch())
})
test.after.each((context) => context.remove())

/** What is offered for the last of these words. */
async function bashOffers({ coord, repository }: Scratch, words: readonly string[]): Promise<string[]> {
  const file = join(repository, 'completion.bash')
  writeFileSync(file, (await coord(['completion', 'bash'])).stdout)
  const script = `source "${file}"; COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _coord; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-u', '-c', script, 'bash', 'coord', ...words], {
    cwd: repository,
    encoding: 'utf8',
  })
  assert.is(stderr, '')
  return stdout.split('\n').filter((line) => line !== '')
}

test('bash offers commands, flags, closed lists and files', async (context) => {
  const first = [...new Set(Object.keys(commands).map((id) => id.split(' ')[0] ?? ''))]
  assert.equal((await bashOffers(context, [''])).toSorted(), first.toSorted())
  assert.equal(await bashOffers(context, ['lo']), ['lock', 'log'])
  assert.equal(await bashOffers(context, ['lock', '']), ['acquire', 'release', 'check', 'list', 'cleanup'])
  assert.equal(await bashOffers(context, ['--json', 'lock', 'ac']), ['acquire'])
  assert.equal(await bashOffers(context, ['lock', 'acquire', '--re']), ['--reason', '--renew', '--repo'])
  assert.equal(await bashOffers(context, ['lock', 'acquire', 'src/ap']), ['src/app.ts'])
  assert.equal(await bashOffers(context, ['decisions', 'add', '--category', 's']), ['security'])
  assert.equal(await bashOffers(context, ['decisions', 'status', 'DEC-1', 'imp']), ['implemented'])
  assert.equal(await bashOffers(context, ['completion', '']), ['bash', 'zsh', 'fish'])
  assert.equal(await bashOffers(context, ['log', '--fol']), ['--follow'])
  assert.ok((await bashOffers(context, ['status', '--'])).includes('--verbose'))
})

for (const [shell, check] of [
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
] as const) {
  test(`the script for ${shell} is one that ${shell} can read, and names every command and flag`, async ({
    coord,
    repository,
  }) => {
    const { stdout } = await coord(['completion', shell])
    for (const [id, { flags }] of Object.entries(commands)) {
      for (const word of id.split(' ')) assert.ok(stdout.includes(word), `${shell}: ${word}`)
      for (const name of Object.keys(flags)) assert.ok(stdout.includes(name), `${shell}: ${name}`)
    }
    if (spawnSync(shell, ['--version']).error) {
      process.stdout.write(`\nSKIP the script for ${shell}: there is no ${shell} here\n`)
      return
    }
    const file = join(repository, `completion.${shell}`)
    writeFileSync(file, stdout)
    const { status, stderr } = spawnSync(shell, [...check, file], { encoding: 'utf8' })
    assert.equal([status, stderr], [0, ''])
  })
}

test('zsh and fish offer what bash offers', async ({ coord, repository }) => {
  if (spawnSync('fish', ['--version']).error) {
    process.stdout.write('\nSKIP zsh and fish offer what bash offers: there is no fish here\n')
    return
  }
  const file = join(repository, 'completion.fish')
  writeFileSync(file, (await coord(['completion', 'fish'])).stdout)
  const offers = (line: string) =>
    spawnSync('fish', ['--no-config', '-c', `source ${file}; complete -C ${JSON.stringify(line)}`], {
      encoding: 'utf8',
      cwd: repository,
    })
      .stdout.split('\n')
      .flatMap((each) => (each === '' ? [] : [each.split('\t')[0] ?? '']))
  assert.ok(offers('coord ').includes('status'))
  assert.equal(offers('coord lock ').toSorted(), ['acquire', 'check', 'cleanup', 'list', 'release'])
  assert.equal(offers('coord decisions add --category se'), ['security'])
  assert.ok(offers('coord lock acquire --re').includes('--reason'))
})

test.run()
