#!/usr/bin/env bash
# Proves that src/RedisBackplane/Legacy can be deleted: the library compiles without it if StreamFormats is changed.
# It works on a copy.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

cp "$root"/Directory.*.props "$root"/global.json "$root"/nuget.config "$root"/.editorconfig "$root"/README.md "$root"/LICENSE "$copy"
tar -C "$root" --exclude=bin --exclude=obj -cf - src/RedisBackplane $(cd "$root" && ls -d src/Directory.* assets eng) | tar -C "$copy" -xf -
library=$copy/src/RedisBackplane
rm -r "$library/Legacy"
sed -i -e '/using RedisBackplane.Legacy;/d' -e '/WireFormat.Legacy =>/d' -e 's/LegacyFrame.Instance//' \
  "$library/Redis/Stream/StreamFormats.cs"

dotnet build "$library" -c Release -f "${FRAMEWORK:-net10.0}" -v q
echo "The library compiles without Legacy."
