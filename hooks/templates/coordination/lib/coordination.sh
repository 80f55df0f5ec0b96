# shellcheck shell=bash
# The functions of coordination for shell scripts. Source it:  source .claude/coordination/lib/coordination.sh
# Installed by coordlog (coordlog-content:0000000000000000); coord init brings it up to date, coord uninstall removes it.
#
# They act as the instance in INSTANCE_ID; coord_register_instance sets it. JSON is as coord prints it, no jq is needed.
# bash 3.2 and newer, also under set -euo pipefail. Return codes: 0 done, 1 no, 10 locked by another, 12 changed since the
# lock; anything else is the exit code of coord (65 log damaged, 74 not recorded, 75 busy, 78 not set up).

if [ -z "${COORD_LIBRARY-}" ]; then
  COORD_LIBRARY=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  # Not what some other program left in the environment under this name.
  INSTANCE_ID=${COORD_INSTANCE_ID:-${CLAUDE_INSTANCE_ID-}}
  _coord_sum_files=()
  _coord_sums=()
fi

_coord() {
  if [ -n "$INSTANCE_ID" ]; then
    COORD_INSTANCE_ID=$INSTANCE_ID "$COORD_LIBRARY/../bin/coord" "$@" </dev/null
  else
    "$COORD_LIBRARY/../bin/coord" "$@" </dev/null
  fi
}

# _coord_json EXPRESSION TEXT COMMAND…: the value of a JavaScript expression over d, the JSON that the command answers, and t, the text
_coord_json() {
  local expression=$1 text=$2 answer
  shift 2
  answer=$(_coord "$@" --json) || {
    local code=$?
    _coord_complain "$answer"
    return "$code"
  }
  printf '%s' "$answer" | node -e '
    const d = JSON.parse(require("fs").readFileSync(0, "utf8")), t = process.argv[2]
    process.stdout.write(JSON.stringify(new Function("d", "t", "return " + process.argv[1])(d, t)) + "\n")
  ' "$expression" "$text"
}

# With --json an error is a document; its message is for people.
_coord_complain() {
  local message
  [[ $1 =~ \"message\":\ *\"(([^\"\\]|\\.)*) ]] || return 0
  message=${BASH_REMATCH[1]//\\\"/\"}
  echo "${message//\\n/
}" >&2
}

# Refused by the rules is 3 there and 10 here.
_coord_lock() {
  local code=0
  _coord lock "$@" >/dev/null || code=$?
  if [ "$code" -eq 3 ]; then code=10; fi
  return "$code"
}

_coord_sum() {
  if [ -f "$1" ]; then cksum <"$1"; else echo absent; fi
}

_coord_remember() {
  local at=0
  while [ "$at" -lt "${#_coord_sum_files[@]}" ] && [ "${_coord_sum_files[$at]}" != "$1" ]; do at=$((at + 1)); done
  _coord_sum_files[at]=$1
  _coord_sums[at]=$2
}

coord_init() {
  [ -x "$COORD_LIBRARY/../bin/coord" ] || {
    echo "$COORD_LIBRARY/../bin/coord is missing; run 'coord init' in this repository" >&2
    return 78
  }
}

coord_generate_instance_id() {
  local random
  random=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')
  echo "claude-$(date -u +%Y%m%d-%H%M%S)-$random"
}

# task, role=main → prints the id
coord_register_instance() {
  local id
  id=$(coord_generate_instance_id)
  # Its end is the end of the agent that runs this as a hook, else of this script.
  _coord instance register --instance "$id" --task "${1-}" --role "${2:-main}" --pid "${CLAUDE_PID:-$$}" >/dev/null || return
  INSTANCE_ID=$id
  echo "$id"
}

coord_unregister_instance() {
  if [ -z "$INSTANCE_ID" ]; then return 0; fi
  _coord instance end >/dev/null || return
  INSTANCE_ID=
}

coord_heartbeat() {
  [ -n "$INSTANCE_ID" ] && _coord instance heartbeat >/dev/null || return 1
}

# → prints how many instances were ended; who, on standard error
coord_cleanup_stale_instances() {
  _coord_json 'd.ended.length' '' lock cleanup
}

# file, reason
coord_acquire_lock() {
  local sum
  sum=$(_coord_sum "$1")
  _coord_lock acquire --reason "${2:-Editing file}" -- "$1" || return
  _coord_remember "$1" "$sum"
}

# file
coord_release_lock() {
  _coord_lock release -- "$1"
}

# file → 1 if this instance has no lock on it
coord_renew_lock() {
  local found
  found=$(_coord lock check --json -- "$1" || :)
  [[ $found =~ \"mine\":\ *true ]] || return 1
  _coord_lock acquire --reason "Renewed" -- "$1"
}

coord_release_all_locks() {
  _coord_lock release --all
}

# instance
coord_release_locks_by_instance() {
  local INSTANCE_ID=${1-}
  if [ -z "$INSTANCE_ID" ]; then
    echo "coord_release_locks_by_instance: give the id of an instance" >&2
    return 2
  fi
  coord_release_all_locks
}

# file → 0 free or mine, 10 locked by another
coord_check_lock() {
  local code=0 answer
  answer=$(_coord lock check -- "$1") || code=$?
  if [ "$code" -eq 1 ]; then
    echo "$answer" >&2
    code=10
  fi
  return "$code"
}

# file → 12 if its content is not what it was when this shell took the lock, 1 if this shell did not
coord_detect_conflict() {
  local at=0
  while [ "$at" -lt "${#_coord_sum_files[@]}" ]; do
    if [ "${_coord_sum_files[$at]}" = "$1" ]; then
      [ "${_coord_sums[$at]}" = "$(_coord_sum "$1")" ] && return 0
      echo "$1 has changed since it was locked" >&2
      return 12
    fi
    at=$((at + 1))
  done
  echo "$1 was not locked here" >&2
  return 1
}

# category, title, description, scope=module → prints the id
coord_log_decision() {
  local answer
  answer=$(_coord decisions add --json --category "$1" --title "$2" --description "$3" --scope "${4:-module}") || {
    local code=$?
    _coord_complain "$answer"
    return "$code"
  }
  [[ $answer =~ \"id\":\ *\"([^\"]+)\" ]] && echo "${BASH_REMATCH[1]}"
}

# category="", limit=10 → prints a JSON array, newest first
coord_query_decisions() {
  local limit=${2:-10}
  if [ -n "${1-}" ]; then
    _coord_json 'd.decisions.reverse()' '' decisions list --category "$1" --limit "$limit"
  else
    _coord_json 'd.decisions.reverse()' '' decisions list --limit "$limit"
  fi
}

# → prints a JSON array
coord_list_instances() {
  _coord_json 'd.instances' '' status
}

# instance=this one → prints a JSON object, empty if it is not registered
coord_get_work() {
  _coord_json 'd.instances.find((i) => i.id === t) || {}' "${1:-$INSTANCE_ID}" status
}
