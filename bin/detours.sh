# shellcheck shell=bash disable=SC2154,SC2034
# What bin/client.sh seldom needs, in its own variables. bash 3.2.

# $c_directory in linked worktrees, outside git, and where COORD_DIR names it; as packages/runtime finds it, from files alone.
find_directory() {
  local folder=$PWD line common=.
  if [ -n "${COORD_DIR-}" ]; then
    case $COORD_DIR in /*) c_directory=$COORD_DIR ;; *) c_directory=$PWD/$COORD_DIR ;; esac
    return 0
  fi
  if [ -f "$c_directory/.git" ]; then
    folder=$c_directory
    IFS= read -r line <"$folder/.git" || [ -n "$line" ] || return 1
    line=${line#gitdir: }
    case $line in /*) ;; *) line=$folder/$line ;; esac
    [ ! -f "$line/commondir" ] || IFS= read -r common <"$line/commondir" || [ -n "$common" ] || return 1
    case $common in /*) ;; *) common=$line/$common ;; esac
    c_directory=$common/coordlog
    return 0
  fi
  while [ -n "$folder" ] && [ ! -d "$folder/.claude/coordination" ]; do folder=${folder%/*}; done
  c_directory=$folder/.claude/coordination/log
  [ -n "$folder" ]
}

# take_input CODE: what `read` left when it did not come to the end: more than fits into a variable, or a client that keeps the
# pipe open. The whole of a long payload goes into a file beside the log.
take_input() {
  if [ "$1" -gt 128 ]; then
    # Nothing more came for a while: it is a whole document, or the direct path waits for the rest.
    case $c_input in *\} | *\}$'\n') return 0 ;; esac
    exec 4<&0 < <(printf '%s' "$c_input" && cat <&4)
    let_go
    return 1
  fi
  local file=$c_directory/stdin.$$
  if (umask 077 && { printf '%s' "$c_input" && cat; } >"$file") 2>/dev/null; then
    c_kind=file c_input=$file
    return 0
  fi
  rm -f "$file"
  exec 4<&0 < <(printf '%s' "$c_input" && cat <&4)
  let_go
  return 1
}

# $c_sink: whether standard output and standard error are terminals, and how wide.
measure_terminal() {
  local out=0 talk=0 columns=80 size
  [ ! -t 5 ] || talk=1
  if [ -t 1 ]; then
    out=1
    if [ -n "${COLUMNS-}" ]; then columns=$COLUMNS; else size=$(stty size <&1 2>/dev/null) && columns=${size#* }; fi
  fi
  c_sink="$out $talk $columns"
}

# await_answer COMMAND: $c_value is what has come of the answer: nothing, the letter that says that it is being worked on, or more.
# Afterwards it is the letter and the counts of an answer, or whatever else came; $c_code says how the last wait ended.
await_answer() {
  local patience=15 more
  if [ "$1" = hook ]; then patience=4; fi
  if [ -z "$c_value" ]; then return; fi
  c_value=${c_value#w}
  while case $c_value in "" | [af]*) [ ${#c_value} -lt 33 ] ;; *) false ;; esac; do
    more=''
    read -r -t $patience "${c_by[@]}" $((33 - ${#c_value})) -u 3 more
    c_code=$?
    c_value=$c_value$more
    if [ $c_code != 0 ]; then return; fi
  done
}

# print_file FILE: a long answer, which its resident wrote before it said so and takes away when the connection ends. False if it
# cannot be read; what cannot be printed is nobody's to print again.
print_file() {
  [ -r "$1" ] || return 1
  cat "$1" 2>/dev/null
  return 0
}

# The resident, and standard error, which bin/client.sh has put aside.
let_go() {
  exec 3>&- 2>&5 5>&-
}

# go_direct CODE: gives standard input back, and the name under which the resident may have done it already. CODE is how waiting
# for a sign of life ended.
go_direct() {
  export COORD_REQUEST_ID
  let_go
  # One that is stopped, or dead with a stranger at its port, is not asked again: the next ones need not wait. When it comes to
  # itself, it puts its address back. One that is only busy stays.
  if [ "$1" -gt 128 ] && command -v ps >/dev/null; then
    case $(ps -o state= -p "$c_pid" 2>/dev/null) in T* | '') rm -f "$c_address" ;; esac
  fi
  case $c_kind in
    file)
      exec <"$c_input"
      rm -f "$c_input"
      ;;
    text) [ -z "$c_input" ] || exec < <(printf '%s' "$c_input") ;;
  esac
}
