#!/usr/bin/env bash
# Shows that a build depends only on the commit: builds it in two clones in different folders, and compares every
# assembly of the packages.
#   eng/reproduce.sh [commit]     HEAD otherwise
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

commit=$(git rev-parse "${1:-HEAD}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for clone in first second/deeper; do
  git clone --quiet . "$folder/$clone"
  git -C "$folder/$clone" checkout --quiet --detach "$commit"
  # The address of the remote is in the symbols, and a clone of a folder has that folder for its remote.
  git -C "$folder/$clone" remote set-url origin "$(git remote get-url origin 2>/dev/null || echo https://github.com/example/example)"
  "$folder/$clone/eng/pack.sh" >"$folder/log" || { cat "$folder/log"; exit 1; }
done

hashes() {
  local package
  for package in "$1"/*nupkg; do
    # The container (times, random names of its parts) differs at every packing; what users load does not.
    unzip -Z1 "$package" | grep -E '\.(dll|exe|pdb|xml|md|png)$' | grep -v 'Content_Types' | sort | while read -r entry; do
      echo "$(unzip -p "$package" "$entry" | sha256sum | cut -c1-64) ${package##*/} $entry"
    done
  done
}

hashes "$folder/first/artifacts/packages" >"$folder/first.txt"
hashes "$folder/second/deeper/artifacts/packages" >"$folder/second.txt"
diff "$folder/first.txt" "$folder/second.txt" || { echo "The builds differ."; exit 1; }
echo "$(wc -l <"$folder/first.txt") files of $commit are the same from both folders."
