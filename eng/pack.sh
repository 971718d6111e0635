#!/usr/bin/env bash
# Builds the packages as they are released.
#   eng/pack.sh [folder [version]]     artifacts/packages, and the version that the tags give, otherwise
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=${1:-artifacts/packages}
version=()
[[ -z ${2:-} ]] || version=("-p:MinVerVersionOverride=$2")
rm -rf "$out"
dotnet pack eng/packages.slnf --configuration Release --output "$out" -p:ContinuousIntegrationBuild=true "${version[@]}"

ls -l "$out"
