import type { Stage } from './stage.js'

/** Programs that the guide's blocks call and that must not be what they are. */
export function addStandIns(stage: Stage): void {
  // A command that never ends is run once; one that follows a file shows what is there; a pause is the end of a loop.
  stage.stub('watch', 'exec bash -c "${@: -1}"')
  stage.stub(
    'tail',
    'for word; do shift; [ "$word" = -f ] || set -- "$@" "$word"; done; exec /usr/bin/env -i /usr/bin/tail "$@"',
  )
  stage.stub('sleep', 'kill "$PPID"')
  stage.stub(
    'alembic',
    'echo "alembic $*" >>"$HOME/alembic"; .claude/coordination/bin/coord-lock list >>"$HOME/alembic"',
  )
}
