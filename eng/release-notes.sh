#!/usr/bin/env bash
# Prints the section of one version of CHANGELOG.md.
#   eng/release-notes.sh 1.0.0
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=${1:?the version, such as 1.0.0}
notes=$(awk -v heading="## [$version]" '
  index($0, heading) == 1 { inside = 1; next }
  inside && /^## \[/ { exit }
  inside { print }
' CHANGELOG.md)

if [[ -z ${notes//[[:space:]]/} ]]; then
  echo "CHANGELOG.md has no section \"## [$version]\" with text in it." >&2
  exit 1
fi

printf '%s\n' "$notes"
