#!/usr/bin/env bash
# Breaks the library by one line at a time, in a copy, and tells which seed of the simulation notices first.
# Fails if fewer than ten of the faults are found, or if one cannot be tried.
#
#   tests/mutations.sh [SEEDS]     1000 by default; it needs some minutes
#
# A line of the table: file below src/RedisBackplane, tab, text that is there, tab, text that takes its place.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
seeds=${1:-1000}
least=10
mutations='
Receiving/Sequencer.cs	header.FirstId == LastId + 1 ?	header.FirstId >= LastId ?
Receiving/PublisherLedger.cs	if (number <= BatchNumber)	if (number < BatchNumber)
Receiving/PublisherLedger.cs	return _missed?.TryTake(number) == true;	return false;
Receiving/ProbedStream.cs	_connection.Replace(Volatile.Read(ref _connectionAtLook))	_connection.Replace(null)
Receiving/StreamReceiver.cs	_isUnsettled = true;	_isUnsettled = false;
Receiving/StreamReceiver.cs	else if (_intake.TakeLive(frame))	else if (!_intake.TakeLive(frame))
Receiving/MissingIds.cs	Tell(after, end, reason);	_ = reason;
Receiving/FrameIntake.cs	isJoined |= read > _readsBefore;	isJoined = true;
Receiving/FrameIntake.cs	if (mustBeProven && read >= _reads)	if (mustBeProven && read > _reads)
Receiving/LivenessProbe.cs	_stream.CatchUp();	_ = _stream;
Publishing/ConfirmedBatches.cs	_knownUpTo = Math.Min(reply.Value, _knownUpTo ?? ulong.MaxValue);	_knownUpTo = null;
Publishing/ConfirmedBatches.cs	if (kept.Number > known)	if (kept.Number > known + 1)
Publishing/Publisher.cs	                _confirmed.Add(batch);	                batch.Trim();
Publishing/Publisher.cs	_confirmed.Confirm(batch.Number);	_confirmed.Confirm(0);
Publishing/BatchQueue.cs	Concat(batches).OrderBy(static batch => batch.Number)	Concat(batches).OrderByDescending(static batch => batch.Number)
Redis/Stream/RedisBatchSender.cs	Floor = request.Floor	Floor = 0
Redis/Stream/RedisBatchSender.cs	Oldest = request.Oldest	Oldest = request.Number
Redis/Stream/RedisStreamSource.cs	await _farm.RecognizeAsync().ConfigureAwait(false);	await Task.CompletedTask.ConfigureAwait(false);
Redis/Connection/MasterScout.cs	Outdated?.Invoke(connection);	_ = connection;
Delivery/Subscriptions/SubscriptionPosition.cs	Volatile.Write(ref _place, _taken);	Volatile.Write(ref _place, _taken - 1);
'
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy" 2>/dev/null
cd "$copy" || exit 1
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
dotnet build tests/RedisBackplane.Simulation -c Release -v quiet -p:RunAnalyzers=false || exit 1
tests=tests/RedisBackplane.Simulation/bin/Release/net10.0
found=0
untried=0
while IFS=$'\t' read -r file from to; do
  [[ -n $file ]] || continue
  cp "src/RedisBackplane/$file" original
  FROM=$from TO=$to perl -0pi -e 's/\Q$ENV{FROM}\E/$ENV{TO}/' "src/RedisBackplane/$file"
  if cmp -s original "src/RedisBackplane/$file"; then
    result='the text is not there'
    untried=$((untried + 1))
  elif ! dotnet build src/RedisBackplane -f net10.0 -c Release -v quiet --no-restore -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false >build.log 2>&1; then
    result='it does not compile'
    untried=$((untried + 1))
  else
    cp src/RedisBackplane/bin/Release/net10.0/RedisBackplane.dll "$tests/"
    SIMULATION_SEEDS=$seeds SIMULATION_FAILURES=1 timeout 600 dotnet test "$tests/RedisBackplane.Simulation.dll" \
      --filter FullyQualifiedName~Farm_RandomSchedules --logger 'console;verbosity=detailed' </dev/null >test.log 2>&1
    if result=$(grep -m1 -o 'seed [0-9]*: .*' test.log); then
      found=$((found + 1))
    else
      result='NOT NOTICED'
    fi
  fi
  echo "$file: $from -> $to"
  echo "    $result"
  cp original "src/RedisBackplane/$file"
done <<<"$mutations"
echo "$found found, at least $least expected; $untried could not be tried"
[[ $found -ge $least && $untried == 0 ]]
