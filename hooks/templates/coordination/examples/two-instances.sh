#!/usr/bin/env bash
# Two instances want the same file: one gets it, the other waits, takes over, and finds what was decided meanwhile.
# Installed by coordlog (coordlog-content:0000000000000000); coord init brings it up to date, coord uninstall removes it.
#
# Run it anywhere in the repository: .claude/coordination/examples/two-instances.sh. It touches no file of yours.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=/dev/null
source .claude/coordination/lib/coordination.sh

say() { printf '\n%s\n' "$*"; }

backend='' frontend=''
finish() {
  for INSTANCE_ID in $backend $frontend; do coord_unregister_instance; done
}
trap finish EXIT

file=.claude/coordination/examples/shared-file.txt

say "Two instances register, as two sessions of an agent do by themselves."
coord_init
coord_register_instance "Implement user authentication" backend-system-architect
backend=$INSTANCE_ID
coord_register_instance "Build the login form" frontend-ui-developer
frontend=$INSTANCE_ID

say "The backend locks $file."
INSTANCE_ID=$backend
coord_acquire_lock "$file" "Change the interface" && echo "Locked."

say "The frontend wants it too, and is refused. It is told by whom and for how long:"
INSTANCE_ID=$frontend
code=0
coord_acquire_lock "$file" "Use the interface" || code=$?
echo "(return code $code: locked by another)"

say "This is what everybody sees:"
.claude/coordination/bin/coord-status

say "The backend writes down what it decided, and gives the file back."
INSTANCE_ID=$backend
decision=$(coord_log_decision api-design "Tokens expire after 15 minutes" "Refresh tokens live for 7 days" service)
echo "Recorded $decision"
coord_release_lock "$file"

say "Now the frontend gets it, and looks up what was decided about the API."
INSTANCE_ID=$frontend
coord_acquire_lock "$file" "Use the interface" && echo "Locked."
.claude/coordination/bin/coord-decisions list --category=api-design --limit=1
coord_release_lock "$file"

say "Both end. The decision stays; to take it back: coord decisions status $decision deprecated"
