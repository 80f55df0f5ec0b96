# shellcheck shell=bash disable=SC1091,SC2034,SC2154,SC2229
# Asks the resident. bin/coord reads it as the build has left it: without comments, and with the build's name in the place of
# @build@. No process is started on the way to an answer. bash needs 0.1 ms for each 1,000 characters of a program, so what is
# seldom needed stands in detours.sh. bash 3.2.
#
# ask_resident ARGUMENTS exits with the command's code when the resident has answered. It returns when the direct path must
# be taken: standard input is as it was, COORD_RESIDENT says "gone" if nobody is there, and COORD_REQUEST_ID is set if the
# resident may have done the work already (under the same id it is recorded only once).

ask_resident() {
  local LC_ALL=C IFS=$' \t\n' directory=$PWD address mark build port pid token frame input='' kind=text
  local sink='0 0 80' variables='' count=0 name value answer='' code

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


  IFS=
  # How to read by count, and how long to wait for a sign of life.
  local by=(-N) patience=0.2
  case $BASH_VERSION in [0-3].* | 4.0*) by=(-d '' -n) patience=1 ;; esac

  # A variable takes 55 ns a byte; a longer payload goes through a file. Claude Code closes its end, and so do the clients whose
  # configured command says so; from others a payload may have come without that, and waiting with a limit costs three times as much.
  if [ "$1" = hook ]; then
    if [ -n "${CLAUDECODE-}${COORD_INPUT-}" ]; then read -r "${by[@]}" 16384 input; else read -r -t 1 "${by[@]}" 16384 input; fi 2>/dev/null
    code=$?
    if [ $code = 0 ] || [ $code -gt 128 ]; then
      . "$bin/detours.sh"
      take_input $code || return
    fi
  fi
  if [ -t 1 ] || [ -t 2 ]; then
    . "$bin/detours.sh"
    measure_terminal
  fi

  # Netstrings, in the order of packages/resident/src/frame.ts. First the variables that a command may look at.
  for name in COORD_INSTANCE_ID CLAUDE_INSTANCE_ID COORD_DIR COORD_DEBUG CLAUDE_PROJECT_DIR CLAUDE_PID CLAUDE_ENV_FILE \
    CLAUDECODE CLAUDE_CODE_SESSION_ID NO_COLOR FORCE_COLOR TERM TZ HOME USER LOGNAME; do
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
  frame=$frame${#kind}:$kind,${#input}:$input,

  # What does not fit into the system's buffers would hang on a resident that is stopped.
  trap '' PIPE
  code=0 count=-1 mark=''
  if [ ${#frame} -lt 65536 ]; then {
    if exec 3<>"/dev/tcp/127.0.0.1/$port"; then
      printf %s "${#frame}:$frame," >&3
      # One letter: an answer, or a sign of life, after which it may take its time.
      read -r -t $patience "${by[@]}" 1 -u 3 mark
      code=$?
      if [ "$mark" = w ]; then
        patience=15
        if [ "$1" = hook ]; then patience=4; fi
        read -r -t $patience "${by[@]}" 1 -u 3 mark
      fi
      # Exit code, bytes for standard error, bytes for standard output; then both. f: those are the name of a file that has it.
      case $mark in a | f)
        read -r "${by[@]}" 32 -u 3 value
        case $value in
          [0-9]*\ [0-9]*\ [0-9]*)
            IFS=' '
            # shellcheck disable=SC2086
            set -- $value
            IFS=
            count=$(($2 + $3))
            if [ $count -gt 60000 ]; then by=(-t 15 "${by[@]}"); fi
            if [ $count -gt 0 ]; then read -r "${by[@]}" $count -u 3 answer; fi
            ;;
        esac ;;
      esac
      if [ "$mark" = f ] && [ ${#answer} = $count ]; then
        . "$bin/detours.sh"
        if print_file "$directory/$answer"; then exit "$1"; fi
        count=-1
      fi
      exec 3>&-
    else
      export COORD_RESIDENT=gone
    fi
  } 2>/dev/null; fi

  # Nothing is printed of half an answer.
  if [ ${#answer} = $count ]; then
    if [ "$2" != 0 ]; then printf %s "${answer:0:$2}" >&2 2>/dev/null; fi
    if [ "$3" != 0 ]; then printf %s "${answer:$2}" 2>/dev/null; fi
    exit "$1"
  fi
  trap - PIPE
  . "$bin/detours.sh"
  go_direct "$code"
}
