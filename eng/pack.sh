#!/usr/bin/env bash
# Builds the packages as they are released.
#   eng/pack.sh [folder]        artifacts/packages otherwise
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=${1:-artifacts/packages}
rm -rf "$out"
for project in RedisBackplane RedisBackplane.AspNetCore RedisBackplane.Tool; do
  dotnet pack "src/$project" --configuration Release --output "$out" -p:ContinuousIntegrationBuild=true
done

ls -l "$out"
