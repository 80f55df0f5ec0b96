# shellcheck shell=bash disable=SC1091,SC2034,SC2148,SC2154,SC2229
# Asks the resident. bin/coord reads it into a function that has its variables, as the build has left it: without comments and
# indentation, and with the build's name in the place of @build@. No process is started on the way to an answer, and bash needs 0.1 ms
# for each 1,000 characters of a program that it comes to, so: one command after another, as far as `exit`; what is seldom needed stands
# behind that or in detours.sh. bash 3.2.
#
# It exits with the command's code when the resident has answered. It returns when the direct path must be taken: standard input is as
# it was, COORD_RESIDENT says "gone" if nobody is there, and COORD_REQUEST_ID is set if the resident may have done the work already
# (under the same id it is recorded only once).

# What waits, watches or looks elsewhere goes direct; so does a hook whose payload would be typed.
case $* in
  *\ --wait* | *\ --watch* | *\ --follow* | *\ --dir* | *\ --repo*) return ;;
  hook*) if [ $# != 2 ] || [ -t 0 ]; then return; fi ;;
esac

# Where the log is, as packages/runtime finds it.
while [ -n "$directory" ] && [ ! -e "$directory/.git" ]; do directory=${directory%/*}; done
if [ -d "$directory/.git" ] && [ -z "${COORD_DIR-}" ]; then
  directory=$directory/.git/coordlog
else
  . "$bin/detours.sh"
  find_directory || return
fi

address=$directory/resident
if [ ! -f "$address" ]; then
  export COORD_RESIDENT=gone
  return
fi
if [ ! -O "$address" ] || [ -L "$address" ]; then return; fi
read -r mark build port pid token <"$address"
if [ "$mark $build" != "coordlog-resident-1 @build@" ]; then return; fi

# What bash itself would say from here on is nothing for anybody.
exec 5>&2 2>/dev/null
# Before anything else: the resident takes the call up while its question is made ready.
if ! exec 3<>"/dev/tcp/127.0.0.1/$port"; then
  export COORD_RESIDENT=gone
  exec 2>&5 5>&-
  return
fi
IFS=
# How to read by count, and how long to wait for a sign of life.
by=(-N) patience=0.2
case $BASH_VERSION in [0-3].* | 4.0*) by=(-d '' -n) patience=1 ;; esac

# A variable takes 55 ns a byte; a longer payload goes through a file. Claude Code closes its end, and so do the clients whose
# configured command says so; from others a payload may have come without that, and waiting with a limit costs three times as much.
if [ "$1" = hook ]; then
  if [ -n "${CLAUDECODE-}${COORD_INPUT-}" ]; then read -r "${by[@]}" 16384 input; else read -r -t 1 "${by[@]}" 16384 input; fi
  code=$?
  if [ $code = 0 ] || [ $code -gt 128 ]; then
    . "$bin/detours.sh"
    take_input $code || return
  fi
fi
if [ -t 1 ] || [ -t 5 ]; then
  . "$bin/detours.sh"
  measure_terminal
fi

# Netstrings, in the order of packages/resident/src/frame.ts. First the variables that a command may look at.
for name in COORD_INSTANCE_ID CLAUDE_INSTANCE_ID COORD_DIR COORD_DEBUG CLAUDE_PROJECT_DIR CLAUDE_PID CLAUDE_ENV_FILE \
  CLAUDECODE CLAUDE_CODE_SESSION_ID NO_COLOR FORCE_COLOR TERM HOME USER LOGNAME; do
  if [ -n "${!name+x}" ]; then
    value=$name=${!name}
    variables=$variables${#value}:$value,
    count=$((count + 1))
  fi
done
COORD_REQUEST_ID=$$.${EPOCHREALTIME-$SECONDS}.$RANDOM.$RANDOM.$RANDOM
frame=64:$token,3:run,${#PWD}:$PWD,${#PPID}:$PPID,${#sink}:$sink,${#COORD_REQUEST_ID}:$COORD_REQUEST_ID,
frame=$frame${#count}:$count,$variables${##}:$#,
for value in "$@"; do frame=$frame${#value}:$value,; done
frame=$frame${#kind}:$kind,${#input}:
count=$((${#frame} + ${#input} + 1))

# What does not fit into the system's buffers would hang on a resident that is stopped.
trap '' PIPE
code=0 mark='' value=''
if [ $count -lt 65536 ]; then
  printf %s $count: "$frame" "$input" ,, >&3
  # One letter: an answer, or a sign of life, after which it may take its time.
  read -r -t $patience "${by[@]}" 1 -u 3 mark
  code=$?
fi

if [ "$mark" = w ]; then
  . "$bin/detours.sh"
  await_answer "$1"
fi

# Exit code, bytes for standard error, bytes for standard output; then both. Nothing is printed of half an answer.
# Digits and nothing else: bash would run what a stranger at the port put into a sum.
case $mark in a | f) read -r "${by[@]}" 32 -u 3 value ;; esac
case $value in *[!0-9\ ]*) ;; [0-9]*\ [0-9]*\ [0-9]*)
  status=${value%% *} value=${value#* }
  talk=${value%% *} value=${value#* }
  count=$((talk + ${value%% *}))
  if [ $count -gt 60000 ]; then by=(-t 15 "${by[@]}"); fi
  if [ $count -gt 0 ]; then read -r "${by[@]}" $count -u 3 answer; fi
  if [ $mark = a ] && [ ${#answer} = $count ]; then
    if [ "$talk" != 0 ]; then printf %s "${answer:0:talk}" >&5; fi
    if [ "$talk" != $count ]; then printf %s "${answer:talk}"; fi
    exit "$status"
  fi
  ;;
esac

. "$bin/detours.sh"
if [ "$mark" = f ] && [ ${#answer} = $count ] && print_file "$directory/$answer"; then exit "$status"; fi
trap - PIPE
go_direct "$code"
