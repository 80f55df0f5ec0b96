import { option } from '@oclif/core/args'
import { scriptFor, shells } from '../completion/shells.js'
import { type Command, defineCommand } from '../define.js'
import { exitCodes } from '../exit/codes.js'
import { answer } from '../output/answer.js'

/** The table of all commands holds this one too, so it is asked for when it is needed. */
export function completionOf(commands: () => Readonly<Record<string, Command>>): Command {
  return defineCommand({
    summary: 'print the completion script of a shell',
    description:
      'bash: source it in ~/.bashrc. zsh: into a folder of $fpath, as _coord. fish: into ~/.config/fish/completions/coord.fish.',
    args: { shell: option({ options: shells })({ required: true, ignoreStdin: true, description: shells.join('|') }) },
    flags: {},
    examples: [
      { does: 'bash, now', line: 'source <(coord completion bash)' },
      { does: 'fish, for good', line: 'coord completion fish > coord.fish' },
    ],
    run: async (call) => {
      const { shell } = call.args
      const script = scriptFor(shell, commands())
      await answer(call, { shell, script }, () => [script.trimEnd()])
      return exitCodes.done
    },
  })
}
