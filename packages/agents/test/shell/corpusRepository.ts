import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The repository in which the commands of the corpus are called: real files, because patterns and folders are looked up. */

const files = [
  'package.json',
  'package-lock.json',
  'requirements.txt',
  'README.md',
  '.env',
  '.gitignore',
  'Makefile',
  'src/index.ts',
  'src/auth.ts',
  'src/db.ts',
  'src/utils/format.ts',
  'src/utils/parse.ts',
  'test/auth.test.ts',
  'docs/guide.md',
  'docs/api.md',
  'docs/with space.md',
  'scripts/build.sh',
  'scripts/deploy.sh',
  'config/default.json',
  'config/prod.json',
  'data/users.csv',
  'web/package.json',
  'web/yarn.lock',
  'apps/pnpm/package.json',
  'apps/pnpm/pnpm-lock.yaml',
  'py/pyproject.toml',
  'py/poetry.lock',
  'py/setup.py',
  'crates/Cargo.toml',
  'crates/Cargo.lock',
  'svc/go.mod',
  'svc/go.sum',
  'svc/main.go',
]

const patch = '--- a/src/auth.ts\n+++ b/src/auth.ts\n@@ -1 +1 @@\n-a\n+b\n'

export function corpusRepository(): string {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'coordlog-corpus-')))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(top, path)), { recursive: true })
    writeFileSync(join(top, path), text)
  }
  write('.git/HEAD', 'ref: refs/heads/main\n')
  for (const path of files) write(path, 'a\n')
  write('patches/fix.patch', patch)
  return top
}
