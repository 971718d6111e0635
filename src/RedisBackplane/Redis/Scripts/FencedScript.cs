using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// A frequent script with <c>fence.lua</c>. Each epoch has a text of its own, which ends with the name of the epoch, and which is sent only
/// to a Redis that was recognised just before: one that knows its hash needs no other proof. Thread-safe.
/// </summary>
internal sealed class FencedScript(string text)
{
    /// <summary>What the script answers on a Redis of another epoch; nothing was done.</summary>
    private const int Elsewhere = 4;

    private Version _current = new(Epoch.None, new FrequentScript(text));

    /// <summary>What is answered without a call where it is known already that another Redis answers.</summary>
    public static RedisResult Refusal => RedisResult.Create([(RedisValue)Elsewhere, 0]);

    /// <summary>The script as it is called after a recognition.</summary>
    public FrequentScript In(Epoch epoch)
    {
        var current = Volatile.Read(ref _current);
        if (!ReferenceEquals(current.Epoch, epoch))
        {
            // The name at the end: Redis names the lines of a script in its errors.
            var script = epoch.Name.Length == 0
                ? new FrequentScript(text)
                : new FrequentScript(text + "\n--" + epoch.Name) { IsFenced = true, ProvesItself = epoch.KeepsScripts };
            current = new Version(epoch, script);
            Volatile.Write(ref _current, current);
        }

        return current.Script;
    }

    /// <summary>Whether an answer says that another Redis has to be recognised.</summary>
    public static bool IsRefusal(RedisResult answer) =>
        answer is { Resp2Type: ResultType.Array, Length: 2 } && (long)answer[0] == Elsewhere;

    private sealed record Version(Epoch Epoch, FrequentScript Script);
}
