#!/usr/bin/env bash
# A file is locked, and changed all the same by a program that asks nobody. Locks are advisory: here is how one notices.
# Installed by coordlog (coordlog-content:0000000000000000); coord init brings it up to date, coord uninstall removes it.
#
# Run it anywhere in the repository: .claude/coordination/examples/changed-behind-the-lock.sh. It makes one file and removes it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=/dev/null
source .claude/coordination/lib/coordination.sh

say() { printf '\n%s\n' "$*"; }

file=.claude/coordination/examples/locked-file.$$.txt
finish() {
  rm -f "$file"
  coord_unregister_instance
}
trap finish EXIT

say "An instance locks a file. What the file holds is remembered with the lock."
echo "limit = 10" >"$file"
coord_register_instance "Raise the limit" backend-system-architect
coord_acquire_lock "$file" "Raise the limit"
coord_detect_conflict "$file" && echo "No conflict: it is what it was."

say "An editor that knows nothing of locks saves the file."
echo "limit = 5" >"$file"

say "Before it writes, the instance looks again:"
code=0
coord_detect_conflict "$file" || code=$?
echo "(return code $code: changed since it was locked)"

say "It reads the file anew, asks for the lock again, and goes on from what is there now."
coord_acquire_lock "$file" "Raise the limit"
coord_detect_conflict "$file" && echo "No conflict."
echo "limit = 20" >"$file"
coord_release_lock "$file"
