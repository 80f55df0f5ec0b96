#!/usr/bin/env node
// Writes docs/agents.md from what the code says of each agent program; with --check it only says whether the page is up to date.

import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const page = join(root, 'docs/agents.md')
const load = (module) => import(pathToFileURL(join(root, module)))
const { outcomes } = await load('packages/agents/dist/src/guarantees.js')
const { guaranteesOfAll } = await load('packages/agents/dist/src/guaranteesOfAll.js')

const row = (cells) => `| ${cells.join(' | ')} |`
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
const list = (sentences) => sentences.map((sentence) => `- ${sentence}`).join('\n')

function cell({ sends, endsWith }) {
  return `${sends === undefined ? 'nothing comes' : `comes: ${sends}`}. Ends with: ${endsWith}`
}

function section({ title, agent, version, configuration, given, missing, context }) {
  return [
    `## ${title}`,
    `\`coord init --agent ${agent}\`. Checked with ${title} ${version}. Written to: ${configuration}. Added context reaches the model with: ${context}.`,
    `What is guaranteed:\n\n${list(given)}`,
    `What it cannot give:\n\n${list(missing)}`,
  ].join('\n\n')
}

const text = `# Agents

<!-- Written by bin/dev/agentsPage.mjs from packages/agents/src/*/guarantees.ts. Change it there, then: npm run agents-page -->

Sessions of these programs are coordinated with each other, in any mix, on one repository. \`coord init --agent NAME\` sets one up, more
\`--agent\` more of them, \`--agent all\` all; \`coord uninstall\` takes it out again; \`coord doctor\` has lines for each: whether it is installed,
configured and trusted, when it was last heard of and refused, and a trial refusal that goes through the configured hook. Which events
Claude Code sends, and what each of them records, is in [claude-code.md](claude-code.md).

Other programs that run the hooks of \`.claude/settings.json\` (Cursor, VS Code) are let through, with a line in \`.claude/logs/hooks.log\`:
their payloads are not understood.

## How a lease ends

A lease is taken when an edit is announced. Programs differ in what they send after that; each cell is played in a test.

${table(
  ['', ...guaranteesOfAll.map(({ title, version }) => `${title} ${version}`)],
  Object.entries(outcomes).map(([outcome, words]) => [
    words,
    ...guaranteesOfAll.map((each) => cell(each.leaseEnds[outcome])),
  ]),
)}

"The end of its process": whoever asks for the file next finds that the process is gone, and takes the lease over. The process is the
one that started the hook, known by its number and its start time. Where that cannot be seen (another machine, another container),
a lease ends five minutes after the last edit, as every lease does.

${guaranteesOfAll.map(section).join('\n\n')}
`

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') === text) process.exit(0)
  process.stderr.write('docs/agents.md is not what packages/agents/src/*/guarantees.ts say. Run: npm run agents-page\n')
  process.exit(1)
}
writeFileSync(page, text)
