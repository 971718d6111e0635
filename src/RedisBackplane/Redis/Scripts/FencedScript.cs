using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// A frequent script with <c>fence.lua</c>. Each epoch has a text of its own, which ends with the name of the epoch.
/// The text is sent only to a Redis that was recognised just before. So a Redis that knows the hash of the text needs
/// no other verification. Thread-safe.
/// </summary>
internal sealed class FencedScript(string text)
{
    /// <summary>The answer of the script on a Redis of another epoch; nothing was done.</summary>
    private const int Elsewhere = 4;

    private Version _current = new(Epoch.None, new FrequentScript(text));

    /// <summary>The answer, without a call, if it is already known that another Redis answers.</summary>
    public static RedisResult Refusal => RedisResult.Create([(RedisValue)Elsewhere, 0]);

    /// <summary>The script that is called after a recognition.</summary>
    public FrequentScript In(Epoch epoch)
    {
        var current = Volatile.Read(ref _current);
        if (!ReferenceEquals(current.Epoch, epoch))
        {
            // The name is at the end, because Redis reports line numbers of the script in its errors.
            var script = epoch.Name.Length == 0
                ? new FrequentScript(text)
                : new FrequentScript(text + "\n--" + epoch.Name) { IsFenced = true, ProvesItself = epoch.KeepsScripts };
            current = new Version(epoch, script);
            Volatile.Write(ref _current, current);
        }

        return current.Script;
    }

    /// <summary>Whether an answer means that another Redis has to be recognised.</summary>
    public static bool IsRefusal(RedisResult answer) =>
        answer is { Resp2Type: ResultType.Array, Length: 2 }
        && answer[0].Resp2Type != ResultType.Array && ((RedisValue)answer[0]).TryParse(out long code) && code == Elsewhere;

    private sealed record Version(Epoch Epoch, FrequentScript Script);
}
