#!/usr/bin/env bash
# Start of a session. Called by the agent as a hook: coordination-init.sh claude-code, with the payload on standard input.
# By hand, without arguments: registers this terminal (or says that it is registered) and shows who is at work.
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
claude=.claude
coord=$claude/coordination/bin/coord
id=$("$coord" instance register </dev/null) || exit
env_file=$claude/.instance_env
if [ ! -e "$env_file" ]; then printf 'CLAUDE_INSTANCE_ID=%s\n' "$id" >"$env_file"; fi
echo "Coordination is on. This is instance $id."
"$coord" status </dev/null
