import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** docs/crash-safety.md lists what holds; each of it has a test that names it, and each crash point too. */

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const page = readFileSync(join(root, 'docs/crash-safety.md'), 'utf8')
const invariants = suite('invariants')

function testsIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !/(^|\/)(dist|node_modules)\//.test(name))
    .map((name) => join(root, folder, name))
}

/** What stands at the beginning of a test, or of a row that becomes one. */
function namesIn(file: string): string[] {
  return readFileSync(file, 'utf8').match(/^\s*(\w+\(|name:)?\s*['"`].*$/gm) ?? []
}

invariants('the list is whole, and each one is named by the test beside it', () => {
  const listed = [...page.matchAll(/^\| (I\d+) \|.*\| `(.*)` \|$/gm)]
  assert.equal(
    listed.map(([, number]) => number),
    Array.from({ length: 15 }, (_, index) => `I${index + 1}`),
  )
  for (const [, number, file = ''] of listed) {
    const isNamed = namesIn(join(root, 'packages', file)).some((name) => new RegExp(`\\b${number}\\b`).test(name))
    assert.ok(isNamed, `${number} in ${file}`)
  }
})

invariants('no test names one that is not in the list', () => {
  const files = [...testsIn('packages'), ...testsIn('test')]
  const named = files.flatMap(namesIn).flatMap((name) => name.match(/\bI\d+\b/g) ?? [])
  assert.ok(named.length > 30, `${named.length} names`)
  assert.equal(
    named.filter((number) => !page.includes(`| ${number} |`)),
    [],
  )
})

invariants('each crash point of the tables is named by a test', () => {
  const points = [...page.matchAll(/^\| ([BAGRKSHCD]\d) \|/gm)].map(([, point = '']) => point)
  assert.ok(points.length > 30, `${points.length} points`)
  const text = readFileSync(join(root, 'packages/log/test/campaign/crashPoints.test.ts'), 'utf8')
  assert.equal(
    points.filter((point) => !new RegExp(`['"\`]${point}\\b`).test(text)),
    [],
  )
})

invariants.run()
