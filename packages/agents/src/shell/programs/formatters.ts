import { type OptionShape, parseOptions } from '../options.js'
import { type Call, isFolder, type Program, type Programs, writeAll } from '../program.js'

/** Programs that rewrite sources when they are told to. A file that is named is theirs; in a folder they choose. */

interface Formatter {
  /** Without one of these they only look; none: they always write. */
  writes?: readonly string[]
  /** They only look after all. */
  looks?: readonly string[]
  /** Words before the files. */
  actions?: readonly string[]
  shape?: OptionShape
  /** They look first and rewrite only what they find fault with. */
  maybe?: boolean
}

function formatter({ writes, looks = [], actions = [], shape = {}, maybe = false }: Formatter): Program {
  return (call) => {
    const { has, operands } = parseOptions(call.args, shape)
    if ((writes !== undefined && !has(...writes)) || has(...looks, 'help', 'version')) return
    const files = actions.includes(operands[0]?.text ?? '') ? operands.slice(1) : operands
    if (files.length === 0) return call.walk.collector.maybeBelow(call.scope.cwd)
    for (const field of files) writeAll(call, field, !maybe && !isFolder(call, field))
  }
}

function ruff(call: Call): void {
  const [action] = call.args
  if (action?.text === 'format') formatter({ looks: ['check', 'diff'], actions: ['format'] })(call)
  else formatter({ writes: ['fix'], actions: ['check'], maybe: true })(call)
}

function biome(call: Call): void {
  formatter({ writes: ['write', 'fix', 'apply', 'apply-unsafe'], actions: ['check', 'format', 'lint'] })(call)
}

export const formatters: Programs = {
  prettier: formatter({ writes: ['write', 'w'], shape: { long: ['config', 'ignore-path', 'parser', 'log-level'] } }),
  eslint: formatter({
    writes: ['fix'],
    shape: { short: 'cf', long: ['config', 'ext', 'format', 'rule', 'max-warnings'] },
    maybe: true,
  }),
  stylelint: formatter({ writes: ['fix'], shape: { long: ['config'] }, maybe: true }),
  rubocop: formatter({ writes: ['a', 'A', 'autocorrect', 'autocorrect-all', 'auto-correct'], maybe: true }),
  black: formatter({
    looks: ['check', 'diff'],
    shape: { short: 'lt', long: ['line-length', 'target-version', 'config'] },
  }),
  isort: formatter({ looks: ['check-only', 'check', 'diff', 'c'], shape: { long: ['profile'] } }),
  autopep8: formatter({ writes: ['i', 'in-place'] }),
  autoflake: formatter({ writes: ['i', 'in-place'] }),
  yapf: formatter({ writes: ['i', 'in-place'] }),
  gofmt: formatter({ writes: ['w'], shape: { short: 'r' } }),
  goimports: formatter({ writes: ['w'] }),
  gofumpt: formatter({ writes: ['w'] }),
  rustfmt: formatter({ looks: ['check'], shape: { long: ['edition', 'config'] } }),
  'clang-format': formatter({ writes: ['i'], shape: { long: ['style'] } }),
  shfmt: formatter({ writes: ['w'], shape: { short: 'i' } }),
  swiftformat: formatter({ looks: ['lint'] }),
  terraform(call) {
    if (call.args[0]?.text === 'fmt') formatter({ looks: ['check'], actions: ['fmt'], maybe: true })(call)
    else call.walk.collector.opaque()
  },
  ruff,
  biome,
  tsc(call) {
    const { has, operands } = parseOptions(call.args, { short: 'p', long: ['project', 'outDir'] })
    if (!has('noEmit', 'version', 'v', 'init') && operands.length >= 0) call.walk.collector.opaque()
  },
}
