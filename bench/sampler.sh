#!/usr/bin/env bash
# Runs one command a line and prints of each: start and end in seconds since 1970, user and system time that all commands so
# far have used (their own children included, if they waited for them), and the exit code. bash 5: EPOCHREALTIME and times
# are read without starting a process, so nothing is measured but the command, from the fork to the wait.
# Usage: sampler.sh SCRATCH-FILE

export LC_ALL=C
if [ -z "${EPOCHREALTIME-}" ]; then
  echo "bash ${BASH_VERSION} has no EPOCHREALTIME; bash 5 is needed" >&2
  exit 78
fi
while IFS= read -r command; do
  start=$EPOCHREALTIME
  eval "$command"
  code=$?
  end=$EPOCHREALTIME
  times >"$1"
  { read -r _ && read -r user system; } <"$1"
  echo "$start $end $user $system $code"
done
