using System.Security.Cryptography;
using System.Text;
using RedisBackplane.Redis.Connection;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// A script that runs for every batch, and whether the server has it. A call by its text costs a hash of that text each
/// time, because the client library looks up by the hash whether the server has it: about 2.5 µs for
/// <c>publish.lua</c>, while it holds the connection. Thread-safe.
/// </summary>
internal sealed class FrequentScript
{
    private const long Never = -1;
    private const long ByTextAlone = -2;
    private const long Over = -3;

    private long _knownAt = Never;

    public FrequentScript(string text)
    {
        Text = text;
#pragma warning disable CA5350 // Redis names scripts by this hash. It protects nothing.
#if NET
        Hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#else
        using var sha1 = SHA1.Create();
        Hash = sha1.ComputeHash(Encoding.UTF8.GetBytes(text));
#endif
#pragma warning restore CA5350
    }

    public string Text { get; }

    /// <summary>
    /// Whether a Redis that finds the script by its hash needs no other verification. The first argument of a call
    /// requests the verification.
    /// </summary>
    public bool ProvesItself { get; init; } = true;

    public byte[] Hash { get; }

    /// <summary>
    /// The script begins with <c>fence.lua</c> and belongs to an epoch: a Redis that does not know its hash must be
    /// recognised.
    /// </summary>
    public bool IsFenced { get; init; }

    /// <summary>
    /// A fenced script reached another Redis. It is not sent any more until that Redis was recognised.
    /// </summary>
    public bool IsOver => Volatile.Read(ref _knownAt) == Over;

    /// <summary>
    /// The server has run it, and the connection has not changed since, unless only the hash decides.
    /// </summary>
    public bool IsKnown(long changes) => Volatile.Read(ref _knownAt) is var known && (known == changes || (IsFenced && known >= 0));

    /// <summary>The server has run its text.</summary>
    /// <param name="changes">The value of <see cref="RedisConnection.Changes"/> before the call.</param>
    public void NoteKnown(long changes)
    {
        if (Volatile.Read(ref _knownAt) is var known && known is not ByTextAlone and not Over)
        {
            Interlocked.CompareExchange(ref _knownAt, changes, known);
        }
    }

    /// <summary>A call by its hash failed.</summary>
    /// <returns>Whether to call it by its text instead, because nothing was done.</returns>
    public bool NoteFailure(Exception exception)
    {
        if (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // The server was told to forget its scripts, or another server answers now.
            Volatile.Write(ref _knownAt, IsFenced ? Over : Never);
            return true;
        }

        // A user who may not call a script by its hash can still send its text.
        if (exception is RedisCommandException || IsRefused(exception.Message))
        {
            Volatile.Write(ref _knownAt, ByTextAlone);
            return true;
        }

        return false;
    }

    /// <summary>Another Redis answers.</summary>
    public void End() => Volatile.Write(ref _knownAt, Over);

    // "NOPERM User bus has no permissions to run the 'evalsha' command", "ERR unknown command 'EVALSHA', with args …".
    private static bool IsRefused(string message) =>
        (message.StartsWith("NOPERM", StringComparison.Ordinal) || message.StartsWith("ERR unknown command", StringComparison.Ordinal))
        && (message.Contains("evalsha") || message.Contains("EVALSHA"));
}
