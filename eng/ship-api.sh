#!/usr/bin/env bash
# Moves the public surface from PublicAPI.Unshipped.txt to PublicAPI.Shipped.txt, in each project that has one.
# A line *REMOVED*x takes x out of what was shipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for unshipped in src/*/PublicAPI.Unshipped.txt; do
  shipped=${unshipped/Unshipped/Shipped}
  merged=$(mktemp)
  {
    echo "#nullable enable"
    cat "$shipped" "$unshipped" |
      awk '
        { sub(/\r$/, ""); sub(/^\xef\xbb\xbf/, "") }
        /^#nullable enable$/ || NF == 0 { next }
        index($0, "*REMOVED*") == 1 { removed[substr($0, 10)] = 1; next }
        { lines[$0] = 1 }
        END { for (line in lines) if (!(line in removed)) print line }
      ' | LC_ALL=C sort
  } >"$merged"
  cp "$merged" "$shipped"
  rm "$merged"
  echo "#nullable enable" >"$unshipped"
  echo "$shipped: $(($(wc -l <"$shipped") - 1)) members"
done
