#!/usr/bin/env bash
# Builds the packages as they are released.
#   eng/pack.sh [folder [version]]     artifacts/packages, and the version that the tags give, otherwise
# Older packages of this repository in the folder are removed. A relative folder is one of the repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=${1:-artifacts/packages}
version=()
[[ -z ${2:-} ]] || version=("-p:MinVerVersionOverride=$2")
rm -f "$out"/RedisBackplane*.nupkg "$out"/RedisBackplane*.snupkg
dotnet pack eng/packages.slnf --configuration Release --output "$out" -p:ContinuousIntegrationBuild=true ${version[@]+"${version[@]}"}

ls -l "$out"
