#!/usr/bin/env bash
# Draws the plots of the documentation, docs/images/plots, from benchmarks/results.
#   benchmarks/plots.sh             draws them
#   benchmarks/plots.sh --measure   measures first: about eight minutes on an idle machine with redis-server on PATH;
#                                   ROUNDS=1 for a first look
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=benchmarks/results
run() { dotnet run --configuration Release --project "benchmarks/RedisBackplane.$1" -- "${@:2}"; }

if [[ ${1:-} == --measure ]]; then
  mkdir -p "$results"
  run Load --rounds "${ROUNDS:-3}" --out artifacts/plots \
    --scenarios throughput/100B/64,throughput/100B/4096,throughput/1KB/4096,latency/1000,latency/5000,latency/20000
  cp artifacts/plots/results.json "$results/load.json"
  run LastMile --rounds "${ROUNDS:-3}" --rows call-task,direct,group,broadcast-100,broadcast-4k --out "$results/last-mile.json"
  run Plots outage "$results"
fi

run Plots draw "$results" docs/images/plots
