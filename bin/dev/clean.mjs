#!/usr/bin/env node
// npm run clean: removes what is compiled, bundled or measured; node_modules stays.

import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/dist`)
for (const folder of ['dist', 'coverage', 'hooks/dist', 'bench/dist', 'test/dist', ...packages]) {
  rmSync(join(root, folder), { recursive: true, force: true })
}
