# shellcheck shell=bash disable=SC1091,SC2034,SC2086,SC2148,SC2154,SC2229
# Asks the resident. bin/coord reads it into itself, as the build has left it: without comments and indentation, and with the build's name
# in the place of @build@. No process is started on the way to an answer, and bash needs 0.1 ms for each 1,000 characters of a program
# that it comes to, so: one command after another, as far as `exit`; what is seldom needed stands behind that or in detours.sh. bash 3.2.
#
# It exits with the command's code when the resident has answered. It returns when the direct path must be taken: standard input is as
# it was, COORD_RESIDENT says "gone" if nobody is there, and COORD_REQUEST_ID is set if the resident may have done the work already
# (under the same id it is recorded only once).

# What waits, watches or looks elsewhere goes direct; so does a hook whose payload would be typed. Then the variables that a command may
# look at.
case $1$# in
  hook2)
    [[ ! -t 0 ]] || return
    c_names='CLAUDE_PROJECT_DIR CLAUDE_PID CLAUDE_CODE_SESSION_ID HOME USER LOGNAME CLAUDE_ENV_FILE COORD_DIR COORD_DEBUG'
    ;;
  hook*) return ;;
  *)
    case $* in *\ --wait* | *\ --watch* | *\ --follow* | *\ --dir* | *\ --repo*) return ;; esac
    c_names='COORD_INSTANCE_ID CLAUDE_INSTANCE_ID COORD_DIR COORD_DEBUG HOME USER LOGNAME NO_COLOR FORCE_COLOR TERM'
    ;;
esac

# Where the log is, as packages/runtime finds it.
c_directory=$PWD
until [[ -z $c_directory || -e $c_directory/.git ]]; do c_directory=${c_directory%/*}; done
if [[ -d $c_directory/.git && -z ${COORD_DIR-} ]]; then
  c_directory=$c_directory/.git/coordlog
else
  . "$c_bin/detours.sh"
  find_directory || return
fi

c_address=$c_directory/resident
if [[ ! -f $c_address || ! -O $c_address || -L $c_address ]]; then
  [[ -f $c_address ]] || export COORD_RESIDENT=gone
  return
fi
read -r c_mark c_build c_port c_pid c_token <"$c_address"
[[ "$c_mark $c_build" = 'coordlog-resident-1 @build@' ]] || return

# What bash itself would say from here on is nothing for anybody.
exec 5>&2 2>/dev/null
# Before anything else: the resident takes the call up while its question is made ready.
if ! exec 3<>"/dev/tcp/127.0.0.1/$c_port"; then
  export COORD_RESIDENT=gone
  exec 2>&5 5>&-
  return
fi
# Lengths in bytes, and from here on no word is taken apart: quotes would cost 10 ns a byte.
c_locale=${LC_ALL+=}${LC_ALL-} LC_ALL=C
c_count=0 c_variables=''
for c_name in $c_names; do
  [[ -z ${!c_name+x} ]] || c_value=$c_name=${!c_name} c_variables=$c_variables${#c_value}:$c_value, c_count=$((c_count + 1))
done
IFS=
set -f

# How to read by count, how long to wait for a sign of life, and how much to ask for at first: an old bash keeps nothing of what came in
# time if the rest did not.
c_by=(-N) c_patience=0.2 c_first=33
case $BASH_VERSION in [0-3].* | 4.0*) c_by=(-d '' -n) c_patience=1 c_first=1 ;; esac

# A variable takes 55 ns a byte; a longer payload goes through a file. Claude Code closes its end, and so do the clients whose
# configured command says so; from others a payload may have come without that, and waiting with a limit costs three times as much.
c_input='' c_kind=text c_sink='0 0 80'
if [[ $1 = hook ]]; then
  if [[ -n ${CLAUDECODE-}${COORD_INPUT-} ]]; then read -r "${c_by[@]}" 16384 c_input; else read -r -t 1 "${c_by[@]}" 16384 c_input; fi
  c_code=$?
  if [[ $c_code = 0 || $c_code -gt 128 ]]; then
    . "$c_bin/detours.sh"
    take_input $c_code || return
  fi
fi
if [[ -t 1 || -t 5 ]]; then
  . "$c_bin/detours.sh"
  measure_terminal
fi

# Netstrings, in the order of packages/resident/src/frame.ts.
COORD_REQUEST_ID=$$.${EPOCHREALTIME-$SECONDS}.$RANDOM.$RANDOM.$RANDOM
c_frame=64:$c_token,3:run,${#PWD}:$PWD,${#PPID}:$PPID,${#c_sink}:$c_sink,${#COORD_REQUEST_ID}:$COORD_REQUEST_ID,
c_frame=$c_frame${#c_count}:$c_count,$c_variables${##}:$#,
for c_value; do c_frame=$c_frame${#c_value}:$c_value,; done
c_frame=$c_frame${#c_kind}:$c_kind,${#c_input}:
c_count=$((${#c_frame} + ${#c_input} + 1))

# What does not fit into the system's buffers would hang on a resident that is stopped.
trap '' PIPE
c_code=0 c_value='' c_answer=''
if [[ $c_count -lt 65536 ]]; then
  if [[ $c_first = 33 ]]; then printf %s $c_count:$c_frame$c_input,, >&3; else printf %s "$c_count:$c_frame$c_input,," >&3; fi
  read -r -t $c_patience "${c_by[@]}" $c_first -u 3 c_value
  c_code=$?
fi

# A letter, then exit code, bytes for standard error, bytes for standard output in 32 characters; most hooks have nothing to say.
case ${#c_value}$c_value in
  '33a0 0 0 '*) exit 0 ;;
  33a*) ;;
  *)
    . "$c_bin/detours.sh"
    await_answer "$1"
    ;;
esac

# What is to be said comes then, and nothing is printed of half an answer.
# Digits and nothing else: bash would run what a stranger at the port put into a sum.
c_mark=${c_value:0:1} c_value=${c_value:1}
case ${#c_value}$c_value in *[!0-9\ ]*) ;; 32[0-9]*\ [0-9]*\ [0-9]*)
  c_status=${c_value%% *} c_value=${c_value#* }
  c_talk=${c_value%% *} c_value=${c_value#* }
  c_count=$((c_talk + ${c_value%% *}))
  if [[ $c_count -gt 60000 ]]; then c_by=(-t 15 "${c_by[@]}"); fi
  if [[ $c_count -gt 0 ]]; then read -r "${c_by[@]}" $c_count -u 3 c_answer; fi
  if [[ $c_mark = a && ${#c_answer} = $c_count ]]; then
    if [[ $c_talk != 0 ]]; then printf %s "${c_answer:0:c_talk}" >&5; fi
    if [[ $c_talk != $c_count ]]; then printf %s "${c_answer:c_talk}"; fi
    exit $c_status
  fi
  ;;
esac

. "$c_bin/detours.sh"
if [[ $c_mark = f && ${#c_answer} = $c_count ]] && print_file "$c_directory/$c_answer"; then exit $c_status; fi
trap - PIPE
go_direct "$c_code"
