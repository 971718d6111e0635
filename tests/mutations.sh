#!/usr/bin/env bash
# Breaks the library by one line at a time, in a copy, and prints what notices each change: a seed of the simulation, or
# else a unit test of the same room. Fails if nothing notices a change, if it cannot be tried, or if fewer than ten
# changes are noticed by the simulation.
#
#   tests/mutations.sh [SEEDS] [TEXT]     1000 seeds of each mix by default; only the lines of the table with this text
#
# A line of the table: file below src/RedisBackplane, tab, text that is there, tab, text that takes its place.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
seeds=${1:-1000}
only=${2:-}
least=10
[[ -n $only ]] && least=0
mutations='
Receiving/Sequencer.cs	header.FirstId == LastId + 1 ?	header.FirstId >= LastId ?
Receiving/PublisherLedger.cs	if (number <= BatchNumber)	if (number < BatchNumber)
Receiving/PublisherLedger.cs	return _missed?.TryTake(number) == true;	return false;
Streams/ProbedStream.cs	connection.Replace(Volatile.Read(ref _connectionAtLook))	connection.Replace(null)
Receiving/StreamReceiver.cs	_isUnsettled = true;	_isUnsettled = false;
Receiving/StreamReceiver.cs	else if (_intake.TakeLive(frame))	else if (!_intake.TakeLive(frame))
Receiving/MissingIds.cs	Tell(after, end, MayBeMessages(after, end) ? end - after : 1, reason);	_ = reason;
Receiving/FrameIntake.cs	isJoined |= read > _readsBefore;	isJoined = true;
Receiving/FrameIntake.cs	if (mustBeProven && read >= _reads)	if (mustBeProven && read > _reads)
Receiving/LivenessProbe.cs	_stream.CatchUp();	_ = _stream;
Publishing/ConfirmedBatches.cs	_knownUpTo = Math.Min(reply.Value, _knownUpTo ?? ulong.MaxValue);	_knownUpTo = null;
Publishing/ConfirmedBatches.cs	if (kept.Number > known)	if (kept.Number > known + 1)
Publishing/Publisher.cs	                _confirmed.Add(batch);	                batch.Trim();
Publishing/Publisher.cs	_confirmed.Confirm(batch.Number);	_confirmed.Confirm(0);
Publishing/BatchQueue.cs	Concat(batches).OrderBy(static batch => batch.Number)	Concat(batches).OrderByDescending(static batch => batch.Number)
Redis/Stream/BatchConfirmation.cs	Floor = request.Floor	Floor = 0
Redis/Stream/BatchConfirmation.cs	Oldest = request.Oldest	Oldest = request.Number
Redis/Stream/EpochChange.cs	Math.Min(ended, _readUpTo)	ended
Redis/Stream/RedisReplicaBarrier.cs	if (reached < replicas)	if (reached < 0)
Receiving/FrameSequence.cs	_ledger.NoteGap();	_ = upTo;
Redis/Stream/RedisStreamSource.cs	await farm.RecognizeAsync().ConfigureAwait(false);	await Task.CompletedTask.ConfigureAwait(false);
Redis/Connection/MasterScout.cs	Outdated?.Invoke(connection);	_ = connection;
Redis/Connection/MasterCandidate.cs	tookOver ? former : string.Empty	former.Trim((char)48)
Delivery/Subscriptions/SubscriptionPosition.cs	Volatile.Write(ref _place, _taken);	Volatile.Write(ref _place, _taken - 1);
'
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy" 2>/dev/null
cd "$copy" || exit 1
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
for project in RedisBackplane.Simulation RedisBackplane.Tests; do
  dotnet build tests/$project -c Release -f net10.0 -v quiet -p:RunAnalyzers=false || exit 1
done
simulation=tests/RedisBackplane.Simulation/bin/Release/net10.0
units=tests/RedisBackplane.Tests/bin/Release/net10.0

# The first seed of a mix that fails; nothing if all pass.
seed_that_notices() {
  SIMULATION_MIX=$1 SIMULATION_SEEDS=$seeds SIMULATION_FAILURES=1 timeout 600 dotnet test "$simulation/RedisBackplane.Simulation.dll" \
    --filter FullyQualifiedName~Farm_RandomSchedules --logger 'console;verbosity=detailed' </dev/null >test.log 2>&1
  grep -m1 -o 'seed [0-9]*: .*' test.log
}

# The first unit test of a room that fails; nothing if all pass.
test_that_notices() {
  timeout 600 dotnet test "$units/RedisBackplane.Tests.dll" --filter "FullyQualifiedName~RedisBackplane.Tests.$1." \
    </dev/null >test.log 2>&1
  grep -m1 -oP '^\s*Failed RedisBackplane\.Tests\.\K\S+' test.log
}

by_simulation=0
by_unit_test=0
unnoticed=0
untried=0
while IFS=$'\t' read -r file from to; do
  [[ -n $file && "$file $from" == *"$only"* ]] || continue
  cp "src/RedisBackplane/$file" original
  FROM=$from TO=$to perl -0pi -e 's/\Q$ENV{FROM}\E/$ENV{TO}/' "src/RedisBackplane/$file"
  if cmp -s original "src/RedisBackplane/$file"; then
    result='the text is not there'
    untried=$((untried + 1))
  elif ! dotnet build src/RedisBackplane -f net10.0 -c Release -v quiet --no-restore -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false >build.log 2>&1; then
    result='it does not compile'
    untried=$((untried + 1))
  else
    cp src/RedisBackplane/bin/Release/net10.0/RedisBackplane.dll "$simulation/"
    cp src/RedisBackplane/bin/Release/net10.0/RedisBackplane.dll "$units/"
    if result=$(seed_that_notices Default); then
      by_simulation=$((by_simulation + 1))
    elif result=$(seed_that_notices TwoMasters); then
      result="two masters, $result"
      by_simulation=$((by_simulation + 1))
    elif result=$(test_that_notices "${file%%/*}"); then
      result="unit test $result"
      by_unit_test=$((by_unit_test + 1))
    else
      result='NOT NOTICED'
      unnoticed=$((unnoticed + 1))
    fi
  fi
  echo "$file: $from -> $to"
  echo "    $result"
  cp original "src/RedisBackplane/$file"
done <<<"$mutations"
echo "$by_simulation found by the simulation, at least $least expected; $by_unit_test by unit tests alone; $unnoticed not noticed; $untried could not be tried"
[[ $by_simulation -ge $least && $unnoticed == 0 && $untried == 0 ]]
