namespace RedisBackplane.FaultHarness;

/// <summary>The sums of a <see cref="Ledger"/>. Deliveries count once for each subscriber. Immutable.</summary>
public sealed class Tally
{
    // A younger message may be in transit although everything flows: this is half a dozen time slices of a busy
    // machine.
    internal static readonly TimeSpan UnderWay = TimeSpan.FromMilliseconds(300);

    // A fault that takes only a moment, such as FLUSHALL, stops the flow only when the servers notice it.
    private static readonly TimeSpan Onset = TimeSpan.FromSeconds(1);

    internal Tally(IReadOnlyList<PublisherAccount> publishers, IReadOnlyList<SubscriberAccount> subscribers, long faultEndedAt)
    {
        var sent = publishers.Select(publisher => publisher.Snapshot()).ToArray();
        Sent = sent.Sum(messages => messages.Length);
        Acknowledged = sent.Sum(messages => messages.Count(message => message.Outcome == SendOutcome.Acknowledged));
        Failed = sent.Sum(messages => messages.Count(message => message.Outcome == SendOutcome.Failed));
        Pending = sent.Sum(messages => messages.Count(message => message.Outcome == SendOutcome.Pending));
        foreach (var errors in publishers.SelectMany(publisher => publisher.Errors()))
        {
            Errors[errors.Key] = (Errors.TryGetValue(errors.Key, out var count) ? count : 0) + errors.Value;
        }

        var first = sent.Select(messages => new long[messages.Length]).ToArray();
        int[][]? places = null;
        foreach (var subscriber in subscribers)
        {
            var deliveries = subscriber.Snapshot();
            var got = sent.Select(messages => new long[messages.Length]).ToArray();
            var order = sent.Select(messages => new int[messages.Length]).ToArray();
            var highest = Enumerable.Repeat(-1, sent.Length).ToArray();
            var placeBefore = 0;
            var place = 0;
            long firstAfter = 0;
            foreach (var delivery in deliveries)
            {
                Delivered++;
                if (delivery.At >= faultEndedAt && firstAfter == 0)
                {
                    firstAfter = delivery.At;
                }

                var (p, n) = (delivery.Publisher, delivery.Number);
                if (got[p][n] != 0)
                {
                    Duplicated++;
                    Example($"{subscriber.Name} got {p}:{n} again");
                    continue;
                }

                got[p][n] = delivery.At;
                order[p][n] = ++place;
                if (n < highest[p])
                {
                    OutOfOrder++;
                    Example($"{subscriber.Name} got {p}:{n} after {p}:{highest[p]}");
                }

                highest[p] = Math.Max(highest[p], n);
                if (places is not null && places[p][n] > 0)
                {
                    if (places[p][n] < placeBefore)
                    {
                        OrderDiffers++;
                        Example($"{subscriber.Name} and {subscribers[0].Name} have {p}:{n} in different places");
                    }

                    placeBefore = Math.Max(placeBefore, places[p][n]);
                }
            }

            places ??= order;
            FirstDelivery = Later(FirstDelivery, Since(faultEndedAt, firstAfter == 0 ? long.MaxValue : firstAfter));
            for (var p = 0; p < sent.Length; p++)
            {
                for (var n = 0; n < sent[p].Length; n++)
                {
                    if (sent[p][n].Outcome == SendOutcome.Acknowledged && got[p][n] == 0)
                    {
                        Lost++;
                        var seconds = Since(faultEndedAt, sent[p][n].SentAt).TotalSeconds;
                        Example($"{subscriber.Name} never got {p}:{n}, sent {seconds:0.000} s after the end of the fault");
                    }

                    // The last subscriber decides when a message has arrived. Messages without a promise do not count.
                    first[p][n] = Math.Max(first[p][n], got[p][n] == 0 ? long.MaxValue : got[p][n]);
                }
            }
        }

        FullFlow = FindFullFlow(sent, first, faultEndedAt);
    }

    /// <summary>Messages handed to a bus.</summary>
    public int Sent { get; }

    /// <summary>Messages whose task completed.</summary>
    public int Acknowledged { get; }

    /// <summary>Messages whose task failed.</summary>
    public int Failed { get; }

    /// <summary>Messages whose task never ended: a hang.</summary>
    public int Pending { get; }

    /// <summary>Deliveries, repeated ones included.</summary>
    public int Delivered { get; }

    /// <summary>Acknowledged and not delivered.</summary>
    public int Lost { get; }

    /// <summary>Delivered again to the same subscriber.</summary>
    public int Duplicated { get; }

    /// <summary>Delivered after a later message of the same publisher.</summary>
    public int OutOfOrder { get; }

    /// <summary>Messages that two subscribers saw in a different order.</summary>
    public int OrderDiffers { get; }

    /// <summary>From the end of the fault until every subscriber had had a message.</summary>
    public TimeSpan FirstDelivery { get; }

    /// <summary>
    /// From the end of the fault until nothing was missing except messages that are always in transit: everything that
    /// had piled up was delivered, and whatever the fault stopped within its first second flowed again.
    /// </summary>
    public TimeSpan FullFlow { get; }

    /// <summary>The kinds of failures, and how often each occurred.</summary>
    public SortedDictionary<string, int> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>The first few findings, for a failed test.</summary>
    public List<string> Examples { get; } = [];

    private static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static TimeSpan Since(long from, long to) =>
        to == long.MaxValue ? TimeSpan.MaxValue : Stopwatch.GetElapsedTime(from, to);

    // The end of the last stall: messages that took longer than the usual transit, if the first of them was sent before
    // the end of the fault or soon after it.
    private static TimeSpan FindFullFlow(SentMessage[][] sent, long[][] arrived, long faultEndedAt)
    {
        var messages = new List<(long SentAt, long ArrivedAt)>();
        for (var p = 0; p < sent.Length; p++)
        {
            for (var n = 0; n < sent[p].Length; n++)
            {
                if (sent[p][n].Outcome == SendOutcome.Acknowledged)
                {
                    messages.Add((sent[p][n].SentAt, arrived[p][n]));
                }
            }
        }

        messages.Sort();
        var underWay = Timestamps(UnderWay);
        var begins = faultEndedAt + Timestamps(Onset);
        var t = faultEndedAt;
        foreach (var (sentAt, arrivedAt) in messages.TakeWhile(message => message.SentAt <= Math.Max(t, begins)))
        {
            if (arrivedAt - sentAt > underWay)
            {
                t = Math.Max(t, arrivedAt);
            }
        }

        return Since(faultEndedAt, t);
    }

    private static long Timestamps(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);

    private void Example(string text)
    {
        if (Examples.Count < 20)
        {
            Examples.Add(text);
        }
    }
}
