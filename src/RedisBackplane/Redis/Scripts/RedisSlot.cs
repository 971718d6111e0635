#if NET
using System.Runtime.CompilerServices;
#endif
using RedisBackplane.Redis.Connection;
using RedisBackplane.Timing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// Calls on the keys of one stream, wherever they are on a cluster. A call to a server that no longer has the keys
/// fails instead of following the redirection: the new server may lack the last writes of the old one, and must be
/// recognised before anything is stored there. Thread-safe.
/// </summary>
/// <param name="connection">Carries the calls; its database has the keys.</param>
/// <param name="anyKey">Any of the stream's keys: all of them are in one slot.</param>
internal sealed class RedisSlot(RedisConnection connection, RedisKey anyKey, RedisRights rights)
{
    private static readonly RedisValue Unproven = 1;
    private static readonly RedisValue Proven = 0;

    private readonly ReplacementPatience _moved = connection.CreateMovePatience();
    private Epoch _epoch = Epoch.None;
    private long _answers;

    /// <summary>The epoch of the Redis that was recognised last.</summary>
    public Epoch Epoch
    {
        get => Volatile.Read(ref _epoch);
        set => Volatile.Write(ref _epoch, value);
    }

    /// <summary>
    /// Counts the signs of life of the connection that carries these calls, from now on. On a cluster, the other
    /// masters prove nothing.
    /// </summary>
    public Func<long> CountSigns()
    {
        var owner = connection.OwnerOf(anyKey);
        var signs = connection.Signs.OfCommands(owner);
        return owner is null
            ? () => signs() + connection.Pace.Answers
            : () => signs() + Volatile.Read(ref _answers);
    }

    /// <summary>The same for the connection of the channel, except its payloads.</summary>
    public Func<long> CountChannelSigns()
    {
        var signs = connection.Signs.OfChannels(connection.OwnerOf(anyKey));
        if (connection.Current?.SpeakResp3() != true)
        {
            return signs;
        }

        // One socket carries channel and commands.
        var shared = CountSigns();
        return () => signs() + shared();
    }

    private CallStart Begin() => new(connection.Deadlines.Command, connection.Current);

    private IDatabase Database => connection.Multiplexer.GetDatabase(connection.Database);

    public Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] values) =>
        Guard(Begin(), Database.ScriptEvaluateAsync(script, keys, values, CommandFlags.NoRedirect), script);

    /// <param name="name">The name of the script.</param>
    /// <param name="script">The text of the script.</param>
    /// <param name="read">Reads the reply; returns null if it does not have the form of the script's replies.</param>
    public async Task<T> EvaluateAsync<T>(
        string name, string script, RedisKey[] keys, RedisValue[] values, Func<RedisResult, T?> read)
        where T : struct
    {
        var asked = connection.Current;
        var answer = await EvaluateAsync(script, keys, values).ConfigureAwait(false);
        return ReplyIn(answer, read) ?? throw NotItsReply(name, asked);
    }

    /// <summary>The answer to a script is not its reply.</summary>
    /// <param name="name">The name of the script.</param>
    /// <param name="asked">The connection of the call.</param>
    /// <returns>What to throw.</returns>
    public BackplaneException NotItsReply(string name, IConnectionMultiplexer? asked)
    {
        connection.NoteOutOfStep(asked, name);
        return new($"Redis answered {name} with something that is not its reply.");
    }

    /// <returns>Null if <paramref name="read"/> finds no reply in an answer.</returns>
    public static T? ReplyIn<T>(RedisResult answer, Func<RedisResult, T?> read)
        where T : struct
    {
        try
        {
            return read(answer);
        }
        catch (InvalidCastException)
        {
            // For example, text in the place of a number.
            return null;
        }
    }

    /// <summary>
    /// Runs a script whose first argument requests a verification of the Redis. That argument is set here.
    /// </summary>
#if NET
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
#endif
    public async ValueTask<RedisResult> EvaluateAsync(FrequentScript script, RedisKey[] keys, RedisValue[] values, long bytes)
    {
        var isAnswered = false;
        var start = Begin();
        connection.Pace.Begin(bytes);
        try
        {
            var result = await CallAsync(start.Deadline, script, keys, values).ConfigureAwait(false);
            NoteAccepted();
            isAnswered = true;
            return result;
        }
        catch (RedisServerException exception) when (NoteRefusal(exception, start.Connection, script.Text) is { } missing)
        {
            throw missing;
        }
        finally
        {
            connection.Pace.End(bytes, isAnswered ? bytes : null);
        }
    }

    /// <summary>
    /// Reads a range of a string; empty if it does not exist. <c>NOPERM</c> and similar errors are exceptions.
    /// </summary>
    public async Task<RedisValue> ReadAsync(RedisKey key, long start, long end)
    {
        long? carried = null;
        var bytes = end - start + 1;
        connection.Pace.Begin(bytes, isPage: true);
        try
        {
            var call = Guard(Begin(), Database.StringGetRangeAsync(key, start, end, CommandFlags.NoRedirect));
            var value = await call.ConfigureAwait(false);
            carried = value.Length();
            return value;
        }
        finally
        {
            connection.Pace.End(bytes, carried, isPage: true);
        }
    }

    /// <summary>Reads a string; null if it does not exist.</summary>
    public Task<RedisValue> ReadAsync(RedisKey key) => Guard(Begin(), Database.StringGetAsync(key, CommandFlags.NoRedirect));

    /// <summary>Verifies that the recognised Redis answered a read.</summary>
    /// <param name="server">The key with the name of the epoch.</param>
    /// <exception cref="BackplaneException">
    /// Another Redis answered, so what was read says nothing about the stream.
    /// </exception>
    public async Task ConfirmAsync(RedisKey server)
    {
        var epoch = Epoch.Name;
        if (epoch.Length > 0 && await ReadAsync(server).ConfigureAwait(false) is { IsNull: false } now && now != epoch)
        {
            connection.LookAgain();
            throw new BackplaneException("Another Redis answers than the one that assigned the ids. It must be recognised first.");
        }
    }

    /// <summary>Runs <c>WAIT</c> on the server that has the keys.</summary>
    /// <returns>The number of replicas that have what this connection wrote.</returns>
    public async Task<long> WaitAsync(int replicas, TimeSpan timeout)
    {
        connection.Pace.BeginWait(timeout);
        try
        {
            return await AskReplicasAsync(replicas, timeout).ConfigureAwait(false);
        }
        finally
        {
            connection.Pace.EndWait();
        }
    }

    private async Task<long> AskReplicasAsync(int replicas, TimeSpan timeout)
    {
        object[] arguments = [replicas, (long)timeout.TotalMilliseconds];
        if (!connection.IsCluster)
        {
            // Any of them would answer, for what it was sent itself.
            if (connection.Multiplexer.GetServers().Count(static server => server.IsConnected && !server.IsReplica) > 1)
            {
                throw new BackplaneException(
                    "The connection leads to several masters. Until it leads to one, nothing proves that replicas have a batch.");
            }

            return (long)await Guard(Begin(), Database.ExecuteAsync("WAIT", arguments)).ConfigureAwait(false);
        }

        // The command has no key, so any other node would answer at once, for itself.
        var owner = await Guard(Begin(), Database.IdentifyEndpointAsync(anyKey, CommandFlags.NoRedirect)).ConfigureAwait(false)
            ?? throw new BackplaneException("The master that has the batch is not known.");
        var call = Guard(Begin(), connection.Multiplexer.GetServer(owner).ExecuteAsync("WAIT", arguments));
        return (long)await call.ConfigureAwait(false);
    }

    // A task of this method and of its callers is created for each batch.
#if NET
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
#endif
    private async ValueTask<RedisResult> CallAsync(
        CallDeadline deadline, FrequentScript script, RedisKey[] keys, RedisValue[] values)
    {
        var changes = connection.Changes;
        if (script.IsKnown(changes))
        {
            values[0] = script.ProvesItself ? Proven : Unproven;
            try
            {
                var call = Database.ScriptEvaluateAsync(script.Hash, keys, values, CommandFlags.NoRedirect);
                var answer = await deadline.ResultOf(call).ConfigureAwait(false);
                EndIfRefused(script, answer);
                return answer;
            }
            catch (Exception exception) when (script.NoteFailure(exception))
            {
                // Then it is called by its text.
            }
        }

        if (script.IsOver)
        {
            return FencedScript.Refusal;
        }

        values[0] = Unproven;
        var full = Database.ScriptEvaluateAsync(script.Text, keys, values, CommandFlags.NoRedirect);
        var result = await deadline.ResultOf(full).ConfigureAwait(false);
        if (!EndIfRefused(script, result))
        {
            script.NoteKnown(changes);
        }

        return result;
    }

    private void NoteAccepted()
    {
        NoteAnswer();
        _moved.Renew();
    }

    private void NoteAnswer()
    {
        Interlocked.Increment(ref _answers);
        connection.Pace.NoteAnswer();
    }

    private static bool EndIfRefused(FrequentScript script, RedisResult answer)
    {
        var isRefused = script.IsFenced && FencedScript.IsRefusal(answer);
        if (isRefused)
        {
            script.End();
        }

        return isRefused;
    }

    private async Task<T> Guard<T>(CallStart start, Task<T> call, string? script = null)
    {
        try
        {
            var result = await start.Deadline.ResultOf(call).ConfigureAwait(false);
            NoteAccepted();
            return result;
        }
        catch (RedisServerException exception) when (NoteRefusal(exception, start.Connection, script) is { } missing)
        {
            throw missing;
        }
        catch (RedisConnectionException exception) when (exception.FailureType == ConnectionFailureType.ProtocolFailure)
        {
            // The client library fails the call and keeps the connection.
            connection.NoteOutOfStep(start.Connection, "a command");
            throw;
        }
    }

    /// <returns>The right that was refused, if the refusal is about a right; otherwise null.</returns>
    private BackplaneException? NoteRefusal(RedisServerException exception, IConnectionMultiplexer? asked, string? script)
    {
        NoteAnswer();
        connection.NoteRefusal(exception, asked);
        if (HasMoved(exception))
        {
            connection.OnMoved();
            if (ReferenceEquals(asked, connection.Current) && _moved.EndsNow(asked))
            {
                connection.ReplaceMoved(asked);
            }
        }

        return rights.Explain(exception, script);
    }

    // The client library uses its own words for it.
    private static bool HasMoved(RedisServerException exception) => exception.Message.Contains("MOVED");

    /// <summary>The deadline and the connection of a call that begins now.</summary>
    private readonly record struct CallStart(CallDeadline Deadline, IConnectionMultiplexer? Connection);
}
