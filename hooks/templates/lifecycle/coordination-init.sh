#!/bin/bash
# Start of a session. Called by the agent as a hook: coordination-init.sh claude-code, with the payload on standard input.
# By hand, without arguments: registers an instance unless the one in .claude/.instance_env is at work, and shows who is.
# Installed by coordlog (coordlog-content:0000000000000000); coord init brings it up to date, coord uninstall removes it.

self=${BASH_SOURCE[0]}
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in
    /*) self=$link ;;
    *) case $self in */*) self=${self%/*}/$link ;; *) self=$link ;; esac ;;
  esac
done
case $self in */*) folder=${self%/*} ;; *) folder=. ;; esac
claude=$folder/../..
coord=$claude/coordination/bin/coord

if [ ! -x "$coord" ]; then
  echo "coordlog: $coord is missing or not executable; run 'coord init' in this repository" >&2
  if [ $# -gt 0 ]; then exit 0; else exit 78; fi
fi

if [ $# -gt 0 ]; then exec "$coord" hook "$@"; fi

# Older settings call this without arguments. Nothing is waited for: not on a terminal, and elsewhere a second at most.
payload=
if [ ! -t 0 ]; then IFS= read -r -t 1 -d '' payload || :; fi
case $payload in
  *'{'*)
    printf '%s' "$payload" | "$coord" hook claude-code
    exit 0
    ;;
esac

cd "$claude/.." || exit 78
coord=.claude/coordination/bin/coord
env_file=.claude/.instance_env
id=
if [ -f "$env_file" ]; then
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in CLAUDE_INSTANCE_ID=*) id=${line#*=} ;; esac
  done <"$env_file"
fi
now=$("$coord" status --json </dev/null) || {
  "$coord" status </dev/null
  exit
}
case ${id:+$now} in
  *"\"id\":\"$id\""* | *"\"id\": \"$id\""*) echo "Coordination is on. The last session that started here is instance $id." ;;
  *)
    id=$("$coord" instance register --task "Started by hand" --role main --pid "${CLAUDE_PID:-$PPID}" </dev/null) || exit
    printf 'CLAUDE_INSTANCE_ID=%s\nCOORD_INSTANCE_ID=%s\n' "$id" "$id" >"$env_file"
    echo "Coordination is on. Registered instance $id."
    ;;
esac
"$coord" status </dev/null
