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
  hook*) [[ $# = 2 && ! -t 0 ]] || return ;;
esac

# Where the log is, as packages/runtime finds it.
until [[ -z $directory || -e $directory/.git ]]; do directory=${directory%/*}; done
if [[ -d $directory/.git && -z ${COORD_DIR-} ]]; then
  directory=$directory/.git/coordlog
else
  . "$bin/detours.sh"
  find_directory || return
fi

address=$directory/resident
if [[ ! -f $address || ! -O $address || -L $address ]]; then
  [[ -f $address ]] || export COORD_RESIDENT=gone
  return
fi
read -r mark build port pid token <"$address"
[ "$mark $build" = "coordlog-resident-1 @build@" ] || return

# What bash itself would say from here on is nothing for anybody.
exec 5>&2 2>/dev/null
# Before anything else: the resident takes the call up while its question is made ready.
if ! exec 3<>"/dev/tcp/127.0.0.1/$port"; then
  export COORD_RESIDENT=gone
  exec 2>&5 5>&-
  return
fi
IFS=
# How to read by count, how long to wait for a sign of life, and how much to ask for at first: an old bash keeps nothing of what came in
# time if the rest did not.
by=(-N) patience=0.2 first=33
case $BASH_VERSION in [0-3].* | 4.0*) by=(-d '' -n) patience=1 first=1 ;; esac

# A variable takes 55 ns a byte; a longer payload goes through a file. Claude Code closes its end, and so do the clients whose
# configured command says so; from others a payload may have come without that, and waiting with a limit costs three times as much.
if [[ $1 = hook ]]; then
  if [[ -n ${CLAUDECODE-}${COORD_INPUT-} ]]; then read -r "${by[@]}" 16384 input; else read -r -t 1 "${by[@]}" 16384 input; fi
  code=$?
  if [[ $code = 0 || $code -gt 128 ]]; then
    . "$bin/detours.sh"
    take_input $code || return
  fi
fi
if [[ -t 1 || -t 5 ]]; then
  . "$bin/detours.sh"
  measure_terminal
fi

# Netstrings, in the order of packages/resident/src/frame.ts. First the variables that a command may look at.
for name in COORD_INSTANCE_ID CLAUDE_INSTANCE_ID COORD_DIR COORD_DEBUG CLAUDE_PROJECT_DIR CLAUDE_PID CLAUDE_ENV_FILE \
  CLAUDECODE CLAUDE_CODE_SESSION_ID NO_COLOR FORCE_COLOR TERM HOME USER LOGNAME; do
  [[ -z ${!name+x} ]] || value=$name=${!name} variables=$variables${#value}:$value, count=$((count + 1))
done
COORD_REQUEST_ID=$$.${EPOCHREALTIME-$SECONDS}.$RANDOM.$RANDOM.$RANDOM
frame=64:$token,3:run,${#PWD}:$PWD,${#PPID}:$PPID,${#sink}:$sink,${#COORD_REQUEST_ID}:$COORD_REQUEST_ID,
frame=$frame${#count}:$count,$variables${##}:$#,
for value; do frame=$frame${#value}:$value,; done
frame=$frame${#kind}:$kind,${#input}:
count=$((${#frame} + ${#input} + 1))

# What does not fit into the system's buffers would hang on a resident that is stopped.
trap '' PIPE
code=0 value=''
if [ $count -lt 65536 ]; then
  printf %s $count: "$frame" "$input" ,, >&3
  read -r -t $patience "${by[@]}" $first -u 3 value
  code=$?
fi

# A letter, then exit code, bytes for standard error, bytes for standard output in 32 characters; most hooks have nothing to say.
case ${#value}$value in
  "33a0 0 0 "*) exit 0 ;;
  33a*) ;;
  *)
    . "$bin/detours.sh"
    await_answer "$1"
    ;;
esac

# What is to be said comes then, and nothing is printed of half an answer.
# Digits and nothing else: bash would run what a stranger at the port put into a sum.
mark=${value:0:1} value=${value:1}
case ${#value}$value in *[!0-9\ ]*) ;; 32[0-9]*\ [0-9]*\ [0-9]*)
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
