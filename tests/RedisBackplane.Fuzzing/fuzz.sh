#!/usr/bin/env bash
# Runs the readers of the wire under AFL++ for a time, and keeps the inputs that led to code no earlier one had led to.
#   tests/RedisBackplane.Fuzzing/fuzz.sh [seconds]
# Needs afl-fuzz and afl-cmin (Debian: apt-get install afl++). If an input fails, the script keeps it in artifacts/fuzz
# and fails.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-300}
out=artifacts/fuzz
program=$out/program
tools=$out/tools
export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 DOTNET_TieredPGO=0

rm -rf "$program" "$out/findings" "$out/corpus"
mkdir -p "$out"
dotnet publish tests/RedisBackplane.Fuzzing -c Release -o "$program"
[[ -x $tools/sharpfuzz ]] || dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path "$tools"
"$tools/sharpfuzz" "$program/RedisBackplane.dll" RedisBackplane.Wire

run=("$(command -v dotnet)" "$program/RedisBackplane.Fuzzing.dll")
timeout --signal INT "$((seconds + 60))" \
  afl-fuzz -i tests/RedisBackplane.Fuzzing/Corpus -o "$out/findings" -V "$seconds" -m none -t 10000 -- "${run[@]}" || true

failures=$(find "$out/findings" -type f \( -path '*/crashes/id*' -o -path '*/hangs/id*' \))
if [[ -n $failures ]]; then
  echo "These inputs fail:" && echo "$failures"
  exit 1
fi

afl-cmin -i "$out/findings/default/queue" -o "$out/corpus" -m none -t 10000 -- "${run[@]}"
echo "No input fails. The smallest set of inputs that reaches the same code: $out/corpus"
