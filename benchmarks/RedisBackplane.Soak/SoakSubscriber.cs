using RedisBackplane.FaultHarness;

namespace RedisBackplane.Soak;

/// <summary>
/// What one subscriber got, in one bit for each message, so that millions of them take no memory worth mentioning, all
/// of it from the start. Thread-safe.
/// </summary>
internal sealed class SoakSubscriber
{
    private readonly object _lock = new();
    private readonly Ledger _ledger;
    private readonly ulong[][] _got;
    private readonly int[] _highest;
    private readonly int[] _completeUpTo;

    public SoakSubscriber(Ledger ledger, int publishers, int expectedMessages)
    {
        _ledger = ledger;
        _got = [.. Enumerable.Range(0, publishers).Select(_ => new ulong[(expectedMessages / 64) + 1])];
        _highest = [.. Enumerable.Repeat(-1, publishers)];
        _completeUpTo = new int[publishers];
    }

    public long Delivered { get; private set; }

    public long Duplicated { get; private set; }

    public long OutOfOrder { get; private set; }

    public void Enter(int publisher, int number, long at)
    {
        lock (_lock)
        {
            Delivered++;
            var (got, bit) = (_got[publisher], 1UL << (number % 64));
            if ((got[number / 64] & bit) != 0)
            {
                Duplicated++;
                return;
            }

            got[number / 64] |= bit;
            OutOfOrder += number < _highest[publisher] ? 1 : 0;
            _highest[publisher] = Math.Max(_highest[publisher], number);
        }
    }

    /// <summary>Whether everything that was sent before a time is here, but for what failed.</summary>
    public bool HasAllSentBefore(long time)
    {
        lock (_lock)
        {
            var publishers = _ledger.Publishers;
            for (var p = 0; p < _got.Length; p++)
            {
                var account = publishers[p];
                for (var count = account.Count; _completeUpTo[p] < count; _completeUpTo[p]++)
                {
                    var message = account[_completeUpTo[p]];
                    if (!Has(p, _completeUpTo[p]) && message.Outcome != SendOutcome.Failed)
                    {
                        if (message.SentAt < time)
                        {
                            return false;
                        }

                        break;
                    }
                }
            }

            return true;
        }
    }

    /// <summary>Acknowledged messages that are not here.</summary>
    public long CountLost()
    {
        lock (_lock)
        {
            var publishers = _ledger.Publishers;
            long lost = 0;
            for (var p = 0; p < _got.Length; p++)
            {
                var sent = publishers[p].Snapshot();
                for (var n = 0; n < sent.Length; n++)
                {
                    lost += sent[n].Outcome == SendOutcome.Acknowledged && !Has(p, n) ? 1 : 0;
                }
            }

            return lost;
        }
    }

    private bool Has(int publisher, int number) => (_got[publisher][number / 64] & (1UL << (number % 64))) != 0;
}
