namespace RedisBackplane.IntegrationTests.Servers;

/// <summary>A received message: a copy of everything in SignalR's message.</summary>
public sealed record ReceivedMessage
{
    public required ulong Id { get; init; }

    public int Stream { get; init; }

    public required string Source { get; init; }

    public required string Key { get; init; }

    public required string Value { get; init; }

    public string? CommandId { get; init; }

    public string? Filter { get; init; }

    public bool WaitForAck { get; init; }

    public bool IsAck { get; init; }
}
