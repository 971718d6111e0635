#!/usr/bin/env bash
# Installs what the tests need where it can, builds, runs every test, and prints "N passed, N failed" (", N skipped" where some were) last.
#
#   ./test.sh                      everything on .NET 10
#   RunNet472Tests=true ./test.sh  the .NET Framework tests as well (on Mono, installed if it is missing); .ci/run does so
#   INSTALL=false ./test.sh        installs nothing; tests without what they need are skipped and say so
#   CI=true ./test.sh              a missing Redis or browser is a failure
#
# It exits with 1 when anything failed, when the build failed, or when nothing ran.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

configuration=${CONFIGURATION:-Release}
results=$PWD/artifacts/test-results
export RunNet472Tests=${RunNet472Tests:-false}
export REDIS_BACKPLANE_TRX_FOLDER=$results
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Build nodes that outlive the run would hold its output open, and whoever waits for the end of it would wait with them.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
if [[ ${CI:-} == true ]]; then
  export REDIS_BACKPLANE_REQUIRE_REDIS=1 REDIS_BACKPLANE_REQUIRE_BROWSER=1
fi

have() { command -v "$1" >/dev/null 2>&1; }

# Says the reason and the last line of a run that ended before any test, and ends it.
give_up() {
  echo "test.sh: $1" >&2
  echo "0 passed, 0 failed"
  exit 1
}

# Prints the command that makes apt-get an administrator's; fails where there is no way.
administrator() {
  if [[ $(id -u) == 0 ]]; then
    echo env
  elif have sudo && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
    echo "sudo env"
  else
    return 1
  fi
}

install_missing() {
  local packages=() as
  have redis-server || packages+=(redis-server)
  have chromium || packages+=(chromium)
  have chromedriver || packages+=(chromium-driver)
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

# What is still missing decides which tests are skipped; better said before the run than found in its output.
report_missing() {
  if ! have redis-server; then
    echo "test.sh: no redis-server: tests that restart Redis are skipped; the others need REDIS_BACKPLANE_TEST_REDIS or Docker."
  fi
  if ! have chromium || ! have chromedriver; then
    echo "test.sh: no chromium with chromedriver: browser tests are skipped."
  fi
  if [[ $RunNet472Tests == true ]] && ! have mono && [[ ${OS:-} != Windows_NT ]]; then
    give_up "RunNet472Tests=true, and there is no mono to run those tests on."
  fi
}

# Adds up one attribute of the counters of all TRX files.
count() {
  local sum=0 value
  while read -r value; do
    sum=$((sum + value))
  done < <(grep -ho '<Counters [^>]*>' "$results"/*.trx 2>/dev/null | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p")
  echo "$sum"
}

# coreutils' timeout, where it is there, ends a run that hangs in a place where the test platform does not notice. In the foreground, so that
# Ctrl+C reaches the run; test hosts end with their parent.
bounded() {
  if have timeout; then
    timeout --foreground --kill-after=60s 45m "$@"
  else
    "$@"
  fi
}

install_missing
report_missing
have dotnet || give_up "the .NET SDK (see global.json) is not on PATH: https://dotnet.microsoft.com/download"

rm -rf "$results"
mkdir -p "$results"

dotnet build RedisBackplane.sln --configuration "$configuration" || give_up "the build failed"

# One project after the other (-m:1): tests that measure time do not compete for the processor with those of another project.
bounded dotnet test RedisBackplane.sln --configuration "$configuration" --no-build -m:1 \
  --blame-hang --blame-hang-timeout 5m --blame-hang-dump-type none
status=$?

# What the watch for hanging tests leaves behind when none hung.
find "$results" -mindepth 1 -type d -empty -delete

total=$(count total)
passed=$(count passed)
skipped=$((total - $(count executed)))
failed=$(($(count failed) + $(count error) + $(count timeout) + $(count aborted)))

if [[ $failed -gt 0 ]]; then
  echo "Failed tests:"
  grep -ho '<UnitTestResult [^>]*outcome="Failed"[^>]*>' "$results"/*.trx | sed 's/.* testName="\([^"]*\)".*/  \1/' | sort -u
elif [[ $status -ne 0 ]]; then
  echo "test.sh: the run ended with $status although no test failed: a test host crashed, hung or ran out of time. Counted as one failure." >&2
  failed=1
fi

if [[ $total -eq 0 ]]; then
  echo "test.sh: no test ran" >&2
  status=1
fi

last="$passed passed, $failed failed"
if [[ $skipped -gt 0 ]]; then
  last+=", $skipped skipped"
fi
echo "$last"
[[ $failed -eq 0 && $status -eq 0 ]]
