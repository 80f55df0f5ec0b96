# shellcheck shell=bash disable=SC2154,SC2229
# Asks the resident. Sourced by bin/coord, which has set $bin; bash 3.2, and no process is started on the way to an answer.
#
# ask_resident ARGUMENTS exits with the command's code when the resident has answered. It returns when the direct path
# must be taken, with standard input as it was, and COORD_REQUEST_ID set if the resident may have done the work already:
# under the same id it is recorded only once.

# The variables that a command may look at.
resident_env='COORD_INSTANCE_ID CLAUDE_INSTANCE_ID COORD_DIR COORD_DEBUG CLAUDE_PROJECT_DIR CLAUDE_PID CLAUDE_ENV_FILE
  CLAUDECODE CLAUDE_CODE_SESSION_ID NO_COLOR FORCE_COLOR TERM TZ HOME USER LOGNAME'
# Longer input goes through a file: a variable takes 55 ns a byte, one cat 2 ms.
resident_stdin_max=16384
# How long it may be silent, and how long it may then work.
resident_sign_of_life=0.2
resident_answer_seconds=20
# Reading by count takes whole buffers. Before bash 4.1 there is neither that nor a part of a second: byte by byte then.
resident_read=(-N)
case $BASH_VERSION in
  [0-3].* | 4.0*)
    resident_sign_of_life=1
    resident_read=(-d '' -n)
    ;;
esac

ask_resident() {
  local LC_ALL=C IFS=$' \t\n'
  local directory build mark resident_build port token frame stdin='' stdin_kind=text word
  resident_serves "$@" || return 1
  find_directory || return 1
  [ -f "$directory/resident" ] && [ -O "$directory/resident" ] || return 1
  read -r build <"$bin/../hooks/dist/build" || return 1
  read -r mark resident_build port _ token <"$directory/resident" || return 1
  [ "$mark" = coordlog-resident-1 ] && [ "$resident_build" = "$build" ] && [ -n "$token" ] || return 1
  { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || return 1
  trap '' PIPE
  [ "$1" != hook ] || take_stdin
  make_frame "$@"
  if post_frame && hear_answer; then exit "$resident_code"; fi
  trap - PIPE
  exec 3>&-
  give_stdin_back
  return 1
}

# Short commands that need no terminal of their own. What waits, watches or looks elsewhere goes direct.
resident_serves() {
  local word
  case $1 in
    hook) [ ! -t 0 ] && [ $# = 2 ] || return 1 ;;
    status | instance | lock | decisions) ;;
    *) return 1 ;;
  esac
  for word in "$@"; do
    case $word in
      --wait* | --watch* | --follow* | --dir* | --repo* | --help | -h | help) return 1 ;;
    esac
  done
}

# $directory: as packages/runtime finds it, from files alone.
find_directory() {
  local folder=$PWD line common
  if [ -n "${COORD_DIR-}" ]; then
    case $COORD_DIR in /*) directory=$COORD_DIR ;; *) directory=$PWD/$COORD_DIR ;; esac
    return 0
  fi
  while [ -n "$folder" ]; do
    if [ -d "$folder/.git" ]; then
      directory=$folder/.git/coordlog
      return 0
    elif [ -f "$folder/.git" ]; then
      IFS= read -r line <"$folder/.git" || [ -n "$line" ] || return 1
      line=${line#gitdir: }
      case $line in /*) ;; *) line=$folder/$line ;; esac
      common=.
      [ ! -f "$line/commondir" ] || IFS= read -r common <"$line/commondir" || [ -n "$common" ] || return 1
      case $common in /*) ;; *) common=$line/$common ;; esac
      directory=$common/coordlog
      return 0
    elif [ -d "$folder/.claude/coordination/log" ]; then
      directory=$folder/.claude/coordination/log
      return 0
    fi
    folder=${folder%/*}
  done
  return 1
}

# Up to the limit into $stdin; what is longer into a file beside the log. (A variable holds no NUL; JSON does not either.)
take_stdin() {
  IFS= read -r "${resident_read[@]}" "$resident_stdin_max" stdin
  [ ${#stdin} -eq "$resident_stdin_max" ] || return 0
  local file=$directory/stdin.$$
  if (
    umask 077
    { printf '%s' "$stdin" && cat; } >"$file"
  ); then
    stdin_kind=file stdin=$file
  fi
}

# For the direct path: the same bytes again.
give_stdin_back() {
  case $stdin_kind in
    file)
      [ ! -f "$stdin" ] || exec <"$stdin"
      rm -f "$stdin"
      ;;
    text) [ -z "$stdin" ] || exec < <(printf '%s' "$stdin") ;;
  esac
}

# Netstrings, in the order of packages/resident/src/frame.ts.
make_frame() {
  local out=0 talk=0 columns=80 size name value variables='' count=0
  [ ! -t 2 ] || talk=1
  if [ -t 1 ]; then
    out=1
    if [ -n "${COLUMNS-}" ]; then columns=$COLUMNS; else size=$(stty size <&1 2>/dev/null) && columns=${size#* }; fi
  fi
  export COORD_REQUEST_ID="$$.${EPOCHREALTIME-$SECONDS}.$RANDOM.$RANDOM.$RANDOM"
  for name in $resident_env; do
    [ -n "${!name+x}" ] || continue
    value=$name=${!name}
    variables=$variables${#value}:$value,
    count=$((count + 1))
  done
  frame=${#PWD}:$PWD,${#PPID}:$PPID,
  value="$out $talk $columns"
  frame=$frame${#value}:$value,${#COORD_REQUEST_ID}:$COORD_REQUEST_ID,${#count}:$count,$variables${##}:$#,
  for value in "$@"; do frame=$frame${#value}:$value,; done
  frame=$frame${#stdin_kind}:$stdin_kind,${#stdin}:$stdin,
}

post_frame() {
  printf 'POST /run HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nAuthorization: Bearer %s\r\nContent-Length: %s\r\n\r\n%s' \
    "$port" "$token" "${#frame}" "$frame" 2>/dev/null >&3
}

# Prints what the command printed and sets $resident_code; fails on anything that is not a whole answer.
hear_answer() {
  local first='' rest='' more counts talk data body
  IFS= read -r -t "$resident_sign_of_life" "${resident_read[@]}" 12 first <&3 || return 1
  if [ "$first" = 'HTTP/1.1 100' ]; then
    # It is at work: "100 Continue" and an empty line come first.
    IFS= read -r "${resident_read[@]}" 13 more <&3
    IFS= read -r -t "$resident_answer_seconds" "${resident_read[@]}" 12 first <&3 || return 1
  fi
  [ "$first" = 'HTTP/1.1 200' ] || return 1
  while IFS= read -r "${resident_read[@]}" 1048576 more <&3; do rest=$rest$more; done
  rest=$rest$more
  counts=${rest#*x-coord: }
  counts=${counts%%$'\r'*}
  body=${rest#*$'\r\n\r\n'}
  resident_code=${counts%% *}
  counts=${counts#* }
  talk=${counts% *}
  data=${counts#* }
  [ ${#body} -eq $((talk + data)) ] || return 1
  [ "$talk" = 0 ] || printf '%s' "${body:0:$talk}" >&2
  [ "$data" = 0 ] || printf '%s' "${body:$talk}" 2>/dev/null || :
}
