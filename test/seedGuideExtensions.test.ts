// timeout: 300s

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseExposition } from './exposition.js'
import { blocksOf, guideText } from './seedGuide/blocks.js'
import { createStage, eventuallyGot, freePort, hasProgram, type Stage } from './seedGuide/stage.js'
import { withWebhook } from './seedGuide/webhook.js'
import { skip } from './skip.js'

/**
 * What the guide left to its readers as "future extensions", blocks 25 to 28, as features that are configured. The blocks as they were
 * written are run by seedGuide.test.ts.
 */

const extensions = suite('the guide’s future extensions')
const bin = '.claude/coordination/bin'
let stage: Stage

extensions.before(() => {
  stage = createStage()
})
extensions.after(() => stage?.remove())

extensions('the guide names four, and each is here', () => {
  const named = [...guideText().matchAll(/^\d\. \*\*(.*):\*\*$/gm)].map(([, name]) => name).slice(-4)
  assert.equal(named, ['Slack/Discord Integration', 'Git Integration', 'Metrics Export', 'Lock Priority'])
  assert.equal(
    blocksOf(guideText())
      .slice(-4)
      .map(({ number }) => number),
    [25, 26, 27, 28],
  )
})

extensions('25, configured: Slack, Discord and a webhook are told by themselves', async () => {
  for (const to of ['slack', 'discord', 'webhook']) {
    const { code, bodies } = await withWebhook(
      stage,
      (url) => `set -e
echo '${url}' | ${bin}/coord notify --set-address >/dev/null
${bin}/coord config set notify.to ${to}
${bin}/coord config set notify.events instance.registered
COORD_RESIDENT=off ${bin}/coord notify
INSTANCE_ID=$(COORD_RESIDENT=off ${bin}/coord instance register --task "told by ${to}" --role demo)
until ${bin}/coord notify; do sleep 1; done
${bin}/coord instance end --instance "$INSTANCE_ID"
${bin}/coord config set notify.to off`,
    )
    assert.is(code, 0, to)
    const said = bodies.map((body) => JSON.parse(body)).map(({ text, content }) => text ?? content)
    assert.is(said.filter((text) => text.includes(`told by ${to}`)).length, 1, `${to}: ${said.join()}`)
    assert.match(said.join(), 'Session started: ')
  }
})

extensions('26, configured: each decision is committed as a page, and only that, whatever others have staged', () => {
  const count = () => Number(stage.git(stage.top, 'rev-list', '--count', 'HEAD'))
  writeFileSync(join(stage.top, 'README.md'), 'staged by somebody else\n')
  stage.git(stage.top, 'add', 'README.md')
  const before = count()
  stage.said(`${bin}/coord config set decisions.adr commit`)
  const add = `${bin}/coord-decisions add --category=testing --title="As a page" --description="in git"`
  const id = stage.said(add).trim()
  const [subject, , ...files] = stage.git(stage.top, 'show', '--name-only', '--format=%s', 'HEAD').trim().split('\n')
  assert.equal([count() - before, subject], [1, `decisions: ${id}`])
  assert.ok(files.includes(`docs/decisions/${id}-as-a-page.md`) && files.includes('docs/decisions/README.md'))
  assert.ok(files.every((file) => file.startsWith('docs/decisions/')))
  assert.match(stage.git(stage.top, 'status', '--porcelain'), /^M {2}README\.md$/m, 'what was staged is staged')
  assert.match(stage.said(`${bin}/coord decisions export --format adr`), '0 files written')
  stage.said(`${bin}/coord config set decisions.adr off`)
})

extensions('27, configured: a file for node_exporter, and the resident’s /metrics', async () => {
  const file = join(stage.root, 'tmp/coordlog.prom')
  stage.said(`${bin}/coord metrics --file '${file}'`)
  const families = parseExposition(readFileSync(file, 'utf8'))
  const { instances, sequence } = stage.json(`${bin}/coord-status --json`)
  const counted = [...(families.get('coordlog_instances')?.samples.values() ?? [])]
  assert.is(
    counted.reduce((sum, value) => sum + value, 0),
    instances.length,
  )
  assert.is(families.get('coordlog_events_total')?.samples.get(''), sequence)
  const port = await freePort()
  stage.said(`${bin}/coord config set metrics.port ${port}`)
  stage.session('for its resident', { role: 'main' }).end()
  const url = `http://127.0.0.1:${port}/metrics`
  const shown = await eventuallyGot(() => fetch(url).then((answer) => answer.text()), 'the figures of the resident')
  assert.ok(parseExposition(shown).get('coordlog_resident_requests_total'))
  stage.said(`${bin}/coord config set metrics.port off`)
})

extensions('28, configured: backend-system-architect goes before frontend-ui-developer for backend files', () => {
  if (!hasProgram('jq')) return skip('block 28', 'jq is not installed')
  const rules = '[{"paths":"backend/**","roles":["backend-system-architect","frontend-ui-developer"]}]'
  // Who takes over a file has not read what its former holder wrote, and would be told that first.
  stage.said(`${bin}/coord config set reads.check off`)
  stage.said(`${bin}/coord config set lock.priority '${rules}'`)
  stage.said(`${bin}/coord config set lock.priorityMode preempt && ${bin}/coord config set lock.priorityGrace 0s`)
  const architect = stage.session('architect', { role: 'backend-system-architect' })
  const developer = stage.session('developer', { role: 'frontend-ui-developer' })
  developer.write('backend/shared.py', '')
  assert.match(architect.mayWrite('backend/shared.py').reason, 'The holder will be told at its next hook')
  const { context } = developer.mayWrite('frontend/mine.tsx')
  assert.match(context, `instance ${architect.id} asked for file backend/shared.py, which this session holds`)
  const taken = architect.mayWrite('backend/shared.py')
  assert.equal([taken.reason, /ranks above its role/.test(taken.context)], ['', true])
  assert.match(developer.mayWrite('backend/shared.py').reason, 'It was taken over from this session at ')
  developer.write('frontend/page.tsx', '')
  assert.not.match(architect.mayWrite('frontend/page.tsx').reason, 'first in line', 'no rule for the frontend')
  const [event] = stage.json(`${bin}/coord log --type lock.acquired --path backend/shared.py --json | jq -s '[.[-1]]'`)
  assert.equal(
    event.data.takenFrom.map(({ holder, cause }: { holder: string; cause: string }) => [holder, cause]),
    [[developer.id, 'priority']],
  )
  stage.said(`${bin}/coord config set lock.priority '[]'`)
  architect.end()
  developer.end()
})

extensions.run()
