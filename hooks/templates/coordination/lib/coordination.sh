# shellcheck shell=bash
# The functions of coordination for shell scripts. Source it:  source .claude/coordination/lib/coordination.sh
# Installed by coordlog (coordlog-content:0000000000000000); coord init brings it up to date, coord uninstall removes it.
#
# They act as the instance in INSTANCE_ID; coord_register_instance sets it. Each is one call of bin/coord and no other process, needs
# no jq, and takes any path. bash 3.2 and newer, also under set -euo pipefail. Return codes:
#
#   0 done or yes · 1 no (not registered, not locked by this instance) · 2 something impossible was asked for
#   10 locked by another · 12 changed since it was locked
#   65 log damaged · 74 not recorded · 75 busy · 77 permission denied · 78 not set up
#
# (The predecessor's 11, an expired lock removed but not taken, does not occur: an expired lock is taken over.)

if [ -z "${COORD_LIBRARY-}" ]; then
  COORD_LIBRARY=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  # Not what some other program left in the environment under this name.
  INSTANCE_ID=${COORD_INSTANCE_ID:-${CLAUDE_INSTANCE_ID-}}
fi

# What a call runs. The bash that runs the script runs it too, unless it was started as sh. Where the note of init names the program, as in
# every main checkout, it is looked up here and not at each call; elsewhere bin/coord finds it.
_coord_find() {
  local home=$COORD_LIBRARY/../../../.git/coordlog/home
  COORD_PROGRAM=("$COORD_LIBRARY/../bin/coord")
  case ${BASH-} in /*/bash) ;; *) return 0 ;; esac
  if [ -z "${COORDLOG_HOME-}" ] && [ -f "$home" ] && [ -O "$home" ] && IFS= read -r home <"$home" && [ -f "$home/bin/coord" ]; then
    COORD_PROGRAM=("$home/bin/coord")
  fi
  COORD_PROGRAM=("$BASH" "${COORD_PROGRAM[@]}")
}
_coord_find

_coord() {
  if [ -n "$INSTANCE_ID" ]; then
    COORD_INSTANCE_ID=$INSTANCE_ID "${COORD_PROGRAM[@]}" "$@" </dev/null
  else
    "${COORD_PROGRAM[@]}" "$@" </dev/null
  fi
}

# The same for $(…), whose process becomes it.
_coord_here() {
  if [ -n "$INSTANCE_ID" ]; then export COORD_INSTANCE_ID=$INSTANCE_ID; fi
  exec "${COORD_PROGRAM[@]}" "$@" </dev/null
}

# _coord_code CODE WANTED COMMAND…: returns WANTED where coord ends with CODE (3: refused by the rules), else what coord ends with
_coord_code() {
  local code=0 from=$1 to=$2
  shift 2
  _coord "$@" >/dev/null || code=$?
  if [ "$code" -eq "$from" ]; then code=$to; fi
  return "$code"
}

coord_init() {
  [ -x "$COORD_LIBRARY/../bin/coord" ] || {
    echo "$COORD_LIBRARY/../bin/coord is missing; run 'coord init' in this repository" >&2
    return 78
  }
}

coord_generate_instance_id() {
  local random
  random=$(od -An -N4 -tx1 /dev/urandom)
  echo "claude-$(date -u +%Y%m%d-%H%M%S)-${random//[^0-9a-f]/}"
}

# task, role=main → prints the id
coord_register_instance() {
  local id
  # Its end is the end of the agent that runs this as a hook, else of this script. An empty task is no task.
  id=$(_coord_here instance register --compat --pid="${CLAUDE_PID:-$$}" --role="${2:-main}" ${1:+--task="$1"}) || return
  INSTANCE_ID=$id
  echo "$id"
}

# Releases all its locks.
coord_unregister_instance() {
  if [ -z "$INSTANCE_ID" ]; then return 0; fi
  # 3: it had ended already
  _coord_code 3 0 instance end || return
  INSTANCE_ID=
}

# → 1 if this instance is not registered
coord_heartbeat() {
  [ -n "$INSTANCE_ID" ] || return 1
  _coord_code 3 1 instance heartbeat
}

# → prints how many instances were ended; who, on standard error
coord_cleanup_stale_instances() {
  _coord lock cleanup --compat
}

# file, intent → 10 if it is locked by another
coord_acquire_lock() {
  _coord_code 3 10 lock acquire --reason="${2:-Editing file}" -- "$1"
}

# file → 10 if it is locked by another
coord_release_lock() {
  _coord_code 3 10 lock release -- "$1"
}

# file → 1 if this instance has no lock on it
coord_renew_lock() {
  _coord_code 3 1 lock acquire --renew --reason=Renewed -- "$1"
}

coord_release_all_locks() {
  _coord lock release --all >/dev/null
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
  answer=$(_coord_here lock check -- "$1") || code=$?
  if [ "$code" -eq 1 ]; then
    echo "$answer" >&2
    code=10
  fi
  return "$code"
}

# file → 12 if it is not what it was when this instance locked it, 1 if this instance did not
coord_detect_conflict() {
  local code=0 answer
  answer=$(_coord_here lock check --changed -- "$1") || code=$?
  case $code in
    1)
      echo "$answer" >&2
      code=12
      ;;
    3) code=1 ;;
  esac
  return "$code"
}

# category, title, description, scope=module → prints the id
coord_log_decision() {
  _coord decisions add --category="$1" --title="$2" --description="$3" --scope="${4:-module}"
}

# category="", limit=10 → prints a JSON array, newest first
coord_query_decisions() {
  _coord decisions list --compat --limit="${2:-10}" ${1:+--category="$1"}
}

# → prints a JSON array
coord_list_instances() {
  _coord instance list --compat
}

# instance=this one → prints a JSON object, empty if it is not registered
coord_get_work() {
  local id=${1:-$INSTANCE_ID}
  if [ -n "$id" ]; then _coord instance show --compat -- "$id"; else echo '{}'; fi
}
