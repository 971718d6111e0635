#!/usr/bin/env bash
# Installs what the tests need if it can, builds, runs tests, and prints "N passed, N failed" at the end (", N skipped"
# if some were).
#
#   ./test.sh                      everything on .NET 10
#   ./test.sh quick                what needs neither Redis nor a browser
#   ./test.sh NAME…                parts by name; an unknown name prints the known ones
#   ./test.sh all                  everything on .NET 10 and on .NET Framework (Mono), weekly; also what is too long for
#                                  every change
#   RunNet472Tests=true ./test.sh  also the .NET Framework tests (on Mono, which is installed if it is missing);
#                                  .ci/run does this
#   INSTALL=false ./test.sh        installs nothing; tests that lack something are skipped and say so
#   CI=true ./test.sh              a missing Redis or browser is a failure
#   TEST_JOBS=1 ./test.sh          one part after another; otherwise two at once
#
# It exits with 1 if anything failed, if the build failed, or if nothing ran.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

# The parts start in this order: longest first. A "beside" part runs at the same time as others. The "alone" parts
# follow one by one, because they measure time or memory; their tests are marked with [Trait("Runs", "alone")]. What is
# marked with [Trait("Runs", "weekly")] runs only with "all". A new part is a new line.
#     name         when    project                           framework  filter
parts='
      faults       beside  RedisBackplane.IntegrationTests   net10.0    FullyQualifiedName~.Faults.&Runs!=alone
      browser      beside  RedisBackplane.BrowserTests       net10.0    Runs!=alone
      integration  beside  RedisBackplane.IntegrationTests   net10.0    FullyQualifiedName!~.Faults.&Runs!=alone
      integration  beside  RedisBackplane.IntegrationTests   net472     ON_MONO&Runs!=alone
      package      beside  RedisBackplane.PackageTests       net10.0
      unit         beside  RedisBackplane.Tests              net472
      simulation   beside  RedisBackplane.Simulation         net10.0
      host         beside  RedisBackplane.AspNetCore.Tests   net10.0
      stock        beside  RedisBackplane.AspNetCore.Tests   net10.0    STOCK_PARTS
      unit         beside  RedisBackplane.Tests              net10.0
      tool         beside  RedisBackplane.Tool.Tests         net10.0
      faults       alone   RedisBackplane.IntegrationTests   net10.0    FullyQualifiedName~.Faults.&Runs=alone
      integration  alone   RedisBackplane.IntegrationTests   net10.0    FullyQualifiedName!~.Faults.&Runs=alone
      browser      alone   RedisBackplane.BrowserTests       net10.0    Runs=alone
      integration  alone   RedisBackplane.IntegrationTests   net472     ON_MONO&Runs=alone
'
# The meaning of ON_MONO: one topology, and no tests of user rights, which have the same code and the same Redis. "all"
# runs the rest too.
on_mono='(FullyQualifiedName!~.Specifications.|FullyQualifiedName~.Specifications.StandaloneRedis)&FullyQualifiedName!~.Connections.Missing'

# The meaning of STOCK_PARTS: the host's tests of what clients see, with SignalR's dispatcher and transports instead of
# the host's own. The specifications in Features run with both anyway.
stock_parts='(FullyQualifiedName~.TransportTests|FullyQualifiedName~.PersistentConnectionTests|FullyQualifiedName~.Requests.'
stock_parts+='|FullyQualifiedName~.Hubs.|FullyQualifiedName~.Transports.|FullyQualifiedName~.Farm.|FullyQualifiedName~.Faults.)'
stock_parts+='&FullyQualifiedName!~.Dispatch.&FullyQualifiedName!~.StuckClient&FullyQualifiedName!~.ReferencedAssemblies'

configuration=${CONFIGURATION:-Release}
jobs=${TEST_JOBS:-2}
results=$PWD/artifacts/test-results
RunNet472Tests=${RunNet472Tests:-false}
export RunNet472Tests configuration results
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Build nodes that outlive the run would keep its output open, and the caller would wait for them.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
# Test processes live for seconds to minutes: counting calls for optimised code costs them a fifth of their CPU time.
export DOTNET_TieredPGO=0
# One compiler for all builds of this run. It is warm after the first project, closes its output, and ends with the run.
export UseSharedCompilation=true
trap 'dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1' EXIT
if [[ ${CI:-} == true ]]; then
  export REDIS_BACKPLANE_REQUIRE_REDIS=1 REDIS_BACKPLANE_REQUIRE_BROWSER=1
fi

have() { command -v "$1" >/dev/null 2>&1; }

# Prints the reason and the last line of a run that ended before any test, and ends it.
give_up() {
  echo "test.sh: $1" >&2
  echo "0 passed, 0 failed"
  exit 1
}

# Reads the command line: the parts to run, and what to add to each filter.
choose() {
  local known name
  known=$(awk 'NF { print $1 }' <<<"$parts" | sort -u | xargs)
  chosen=()
  also=
  weekly='Runs!=weekly'
  for name in "$@"; do
    case $name in
      all)
        RunNet472Tests=true
        on_mono=FullyQualifiedName~.
        weekly=
        ;;
      quick)
        chosen+=(unit host tool)
        also='Needs!=redis'
        ;;
      *)
        [[ " $known " == *" $name "* ]] || give_up "there is no part '$name'. There are: $known; quick and all."
        chosen+=("$name")
        ;;
    esac
  done
  [[ ${#chosen[@]} -gt 0 ]] || read -ra chosen <<<"$known"
}

# Prints the command that runs apt-get with the rights of an administrator. Fails if there is none.
administrator() {
  if [[ $(id -u) == 0 ]]; then
    echo env
  elif have sudo && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
    echo "sudo env"
  else
    return 1
  fi
}

is_chosen() { [[ " ${chosen[*]} " == *" $1 "* ]]; }

wants_redis() { [[ -z $also && ${chosen[*]} != unit ]]; }

install_missing() {
  local packages=() as
  if wants_redis && ! have redis-server; then
    packages+=(redis-server)
  fi
  if is_chosen browser && ! have chromium-headless-shell; then
    # The tests need half the time with it, but not every distribution has it.
    if have apt-cache && apt-cache show chromium-headless-shell >/dev/null 2>&1; then
      packages+=(chromium-headless-shell)
    elif ! have chromium; then
      packages+=(chromium)
    fi
  fi
  if [[ $RunNet472Tests == true ]]; then
    have mono || packages+=(mono-complete)
  fi

  if [[ ${#packages[@]} == 0 ]]; then
    return
  fi

  if [[ ${INSTALL:-true} != true ]]; then
    echo "test.sh: not installed, as asked: ${packages[*]}"
  elif ! have apt-get; then
    echo "test.sh: there is no apt-get here to install: ${packages[*]}"
  elif ! as=$(administrator); then
    echo "test.sh: not root and no sudo, so not installed: ${packages[*]}"
  else
    echo "test.sh: installing ${packages[*]}"
    local apt="$as DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"
    $apt update || echo "test.sh: apt-get update failed" >&2
    $apt install -y --no-install-recommends "${packages[@]}" || echo "test.sh: apt-get install failed" >&2
  fi
}

# What is still missing decides which tests are skipped. It is better said before the run than found in its output.
report_missing() {
  if wants_redis && ! have redis-server; then
    echo "test.sh: no redis-server: tests that restart Redis are skipped; the others need REDIS_BACKPLANE_TEST_REDIS or Docker."
  fi
  if is_chosen browser && ! have chromium-headless-shell && ! have chromium; then
    echo "test.sh: no chromium: browser tests are skipped."
  fi
  if [[ $RunNet472Tests == true ]] && ! have mono && [[ ${OS:-} != Windows_NT ]]; then
    give_up "RunNet472Tests=true, and there is no mono to run those tests on."
  fi
}

# Builds the whole solution if every part runs; otherwise the projects of the parts.
build() {
  local project projects=RedisBackplane.sln
  dotnet build tests/TestSummary.cs -v quiet || give_up "the build failed"
  if [[ $# -gt 0 ]]; then
    projects=$(planned | awk '{ print "tests/" $3 }' | sort -u)
  fi
  for project in $projects; do
    dotnet build "$project" --configuration "$configuration" -v quiet || give_up "the build failed"
  done
}

# Prints the lines of the table that run, with complete filters.
planned() {
  local name when project framework filter
  while read -r name when project framework filter; do
    [[ -n $name ]] && is_chosen "$name" || continue
    [[ $framework == net10.0 || $RunNet472Tests == true ]] || continue
    [[ $filter == ON_MONO* ]] && filter=$on_mono${filter#ON_MONO}
    [[ $filter == STOCK_PARTS ]] && filter=$stock_parts
    echo "$name $when $project $framework ${filter:+$filter&}${also:+$also&}${weekly:+$weekly&}FullyQualifiedName~."
  done <<<"$parts"
}

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# If coreutils' timeout exists, it ends a run that hangs where the test platform does not notice. It runs in the
# foreground, so that Ctrl+C reaches the run. Test hosts end with their parent.
bounded() {
  if have timeout; then
    timeout --foreground --kill-after=60s 30m "$@"
  else
    "$@"
  fi
}

# Prints the name of a planned line in the results.
label_of() {
  local label=$1
  [[ $2 == beside ]] || label+=-$2
  [[ $4 == net10.0 ]] || label+=-$4
  echo "$label"
}

# Runs one planned line. The output goes to a log, the results to a TRX file, and the exit status to a file for the
# summary.
run_part() {
  local project=$3 framework=$4 filter=$5 begun=$SECONDS name status
  [[ $1 != stock ]] || export REDIS_BACKPLANE_TEST_STOCK_PARTS=1
  name=$(label_of "$@")
  echo "[$(clock $(($(date +%s) - started)))] $name begins"
  bounded dotnet test "tests/$project/bin/$configuration/$framework/$project.dll" --filter "$filter" \
    --logger "trx;LogFileName=$name.trx" --results-directory "$results" \
    --blame-hang --blame-hang-timeout 5m --blame-hang-dump-type none >"$results/$name.log" 2>&1 </dev/null
  status=$?
  echo "$status" >"$results/$name.exit"
  local word=passed
  [[ $status -eq 0 ]] || word="FAILED (exit code $status, see artifacts/test-results/$name.log)"
  echo "[$(clock $(($(date +%s) - started)))] $name $word after $(clock $((SECONDS - begun)))"
}

choose "$@"
install_missing
report_missing
have dotnet || give_up "the .NET SDK (see global.json) is not on PATH: https://dotnet.microsoft.com/download"
rm -rf "$results"
mkdir -p "$results"
build "$@"

started=$(date +%s)
export started
export -f have clock bounded label_of run_part
# A part whose shell is killed leaves this, so the summary counts it as a failure.
while read -r line; do
  # shellcheck disable=SC2086 # its words are the arguments
  echo unfinished >"$results/$(label_of $line).exit"
done < <(planned)
planned | awk '$2 == "beside"' | xargs -P "$jobs" -I{} bash -c 'run_part $1' _ {}
planned | awk '$2 == "alone"' | xargs -P 1 -I{} bash -c 'run_part $1' _ {}

# Remove what the watch for hanging tests leaves if none hung.
find "$results" -mindepth 1 -type d -empty -delete
dotnet run --no-build tests/TestSummary.cs -- "$results"
