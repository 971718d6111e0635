#!/usr/bin/env bash
# What the tests need beside the SDK, so that the first run need not install it.
set -euo pipefail
sudo apt-get update
sudo DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends redis-server chromium
dotnet restore RedisBackplane.sln
