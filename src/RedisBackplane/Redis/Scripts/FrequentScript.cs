using System.Security.Cryptography;
using System.Text;
using RedisBackplane.Redis.Connection;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// A script that runs for every batch, and whether the server has it. Called by its text it costs a hash of that text
/// each time, by which the client library looks up whether the server has it: some 2.5 µs for <c>publish.lua</c>, while
/// it holds the connection. Thread-safe.
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
#pragma warning disable CA5350 // It is how Redis names a script, and protects nothing.
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
    /// A Redis that finds the script by its hash needs no other proof that it is the right one. The first argument of a call says whether
    /// it has yet to prove that.
    /// </summary>
    public bool ProvesItself { get; init; } = true;

    public byte[] Hash { get; }

    /// <summary>It begins with <c>fence.lua</c>, in an epoch: a Redis that does not know its hash has to be recognised.</summary>
    public bool IsFenced { get; init; }

    /// <summary>A fenced script met another Redis: it is not sent any more until that one was recognised.</summary>
    public bool IsOver => Volatile.Read(ref _knownAt) == Over;

    /// <summary>The server has run it, and the connection has not changed since, unless the hash alone tells.</summary>
    public bool IsKnown(long changes) => Volatile.Read(ref _knownAt) is var known && (known == changes || (IsFenced && known >= 0));

    /// <summary>The server has run its text.</summary>
    /// <param name="changes"><see cref="RedisConnection.Changes"/> before it did.</param>
    public void NoteKnown(long changes)
    {
        if (Volatile.Read(ref _knownAt) is var known && known is not ByTextAlone and not Over)
        {
            Interlocked.CompareExchange(ref _knownAt, changes, known);
        }
    }

    /// <summary>A call by its hash failed.</summary>
    /// <returns>Whether the call is to be made by its text instead: nothing was done.</returns>
    public bool NoteFailure(Exception exception)
    {
        if (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // The server was asked to forget its scripts, or another answers now.
            Volatile.Write(ref _knownAt, IsFenced ? Over : Never);
            return true;
        }

        // Whoever may not call a script by its hash can still send its text.
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
