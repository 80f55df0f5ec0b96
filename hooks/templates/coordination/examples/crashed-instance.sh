#!/usr/bin/env bash
# An instance is killed in the middle of its work: what it held is free at once, and its end is recorded.
# Installed by coordlog (coordlog-content:0000000000000000); coord init brings it up to date, coord uninstall removes it.
#
# Run it anywhere in the repository: .claude/coordination/examples/crashed-instance.sh. It touches no file of yours.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=/dev/null
source .claude/coordination/lib/coordination.sh

say() { printf '\n%s\n' "$*"; }

file=.claude/coordination/examples/half-written.txt
worker=''
finish() {
  [ -z "$worker" ] || kill -9 "$worker" 2>/dev/null || :
  coord_unregister_instance
}
trap finish EXIT

say "Another process registers an instance, locks $file, and works."
mkfifo "${TMPDIR:-/tmp}/coordination-example.$$"
# shellcheck disable=SC2016
FILE=$file bash -c '
  set -euo pipefail
  source .claude/coordination/lib/coordination.sh
  coord_register_instance "Write a file" test-generator
  coord_acquire_lock "$FILE" "Writing it"
  echo ready
  exec sleep 600
' >"${TMPDIR:-/tmp}/coordination-example.$$" &
worker=$!
{
  read -r crashed
  read -r _
} <"${TMPDIR:-/tmp}/coordination-example.$$"
rm -f "${TMPDIR:-/tmp}/coordination-example.$$"
.claude/coordination/bin/coord-status

say "It is killed: no time to clean up."
kill -9 "$worker"
wait "$worker" 2>/dev/null || :
worker=''
.claude/coordination/bin/coord-status

say "Nobody has to wait for its lock to expire. Whoever asks next gets it, and is told from whom it was taken."
coord_register_instance "Go on with the file" backend-system-architect
coord_acquire_lock "$file" "Going on"
coord_release_lock "$file"

say "Cleaning up records the end of $crashed."
.claude/coordination/bin/coord-lock cleanup
