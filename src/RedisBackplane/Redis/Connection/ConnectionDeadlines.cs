using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// The deadlines of the calls on a connection: of commands, and of those on the connection of the channels. The loss of
/// one socket says nothing about calls on the other. Thread-safe.
/// </summary>
internal sealed class ConnectionDeadlines(TimeProvider time, TimeSpan longest, CancellationToken stopping)
{
    // The client library ends the calls of a connection while it closes it.
    private static readonly TimeSpan LostAfterClose = TimeSpan.FromSeconds(1);

    // It ends those of a lost socket at once too. But on a cluster, a connection has several sockets of a type.
    private static readonly TimeSpan LostAfterSocket = TimeSpan.FromSeconds(3);

    private readonly CallDeadlines _commands = new(time, longest, stopping);
    private readonly CallDeadlines _channels = new(time, longest, stopping);

    /// <summary>The deadline of a command that begins now. Take it before the connection of the call.</summary>
    public CallDeadline Command => _commands.Current;

    /// <summary>The same for a call on the connection of the channels.</summary>
    public CallDeadline Channel => _channels.Current;

    /// <summary>The connection is no longer used. Calls that begin from now on are on another one.</summary>
    public void NoteGivenUp()
    {
        _commands.BeginNext();
        _channels.BeginNext();
    }

    /// <summary>A connection that was given up is closed.</summary>
    public void NoteClosed()
    {
        _commands.EndPast(LostAfterClose);
        _channels.EndPast(LostAfterClose);
    }

    /// <summary>A socket that worked was lost.</summary>
    public void NoteLost(ConnectionType type)
    {
        _channels.BeginNext();
        _channels.EndPast(LostAfterSocket);

        // With RESP3 there is only this type, which carries both.
        if (type == ConnectionType.Interactive)
        {
            _commands.BeginNext();
            _commands.EndPast(LostAfterSocket);
        }
    }

    /// <summary>Ends the wait for calls that the client library has lost. Call it again and again.</summary>
    public void GiveUpLost()
    {
        _commands.GiveUpLost();
        _channels.GiveUpLost();
    }
}
