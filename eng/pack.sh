#!/usr/bin/env bash
# Builds the packages as they are released.
#   eng/pack.sh [folder [version]]     artifacts/packages and the version of Directory.Build.props otherwise
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=${1:-artifacts/packages}
version=()
[[ -z ${2:-} ]] || version=("-p:Version=$2")
rm -rf "$out"
for project in RedisBackplane RedisBackplane.AspNetCore RedisBackplane.Tool; do
  dotnet pack "src/$project" --configuration Release --output "$out" -p:ContinuousIntegrationBuild=true "${version[@]}"
done

ls -l "$out"
