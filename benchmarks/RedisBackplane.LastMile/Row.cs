namespace RedisBackplane.LastMile;

/// <summary>One kind of load.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Method">The hub method that clients call.</param>
/// <param name="Bytes">The size of the text.</param>
/// <param name="PerSecond">Calls per second, or 0 for as many as go with <paramref name="InFlight"/>.</param>
/// <param name="InFlight">The most calls whose messages have not all come.</param>
/// <param name="Reaches">Whom the call's message reaches.</param>
internal sealed record Row(string Name, string Method, int Bytes, int PerSecond, int InFlight, Reach Reaches)
{
    public static readonly Row[] All =
    [
        new("call-task-500", "EchoLater", 100, 500, 1024, Reach.Answer),
        new("call-text-500", "Echo", 100, 500, 1024, Reach.Answer),
        new("call-object-500", "EchoObject", 100, 500, 1024, Reach.Answer),
        new("call-task", "EchoLater", 100, 0, 64, Reach.Answer),
        new("call-text", "Echo", 100, 0, 64, Reach.Answer),
        new("call-object", "EchoObject", 100, 0, 64, Reach.Answer),
        new("caller-500", "ToCaller", 100, 500, 1024, Reach.Caller),
        new("caller-2000", "ToCaller", 100, 2000, 2048, Reach.Caller),
        new("caller", "ToCaller", 100, 0, 256, Reach.Caller),
        new("direct-1000", "ToClient", 100, 1000, 1024, Reach.Other),
        new("direct", "ToClient", 100, 0, 256, Reach.Other),
        new("group", "ToGroup", 100, 0, 16, Reach.Group),
        new("broadcast-100", "ToAll", 100, 0, 4, Reach.All),
        new("broadcast-4k", "ToAll", 4096, 0, 4, Reach.All),
    ];
}

/// <summary>Whom the message of a call reaches.</summary>
internal enum Reach
{
    Answer,
    Caller,
    Other,
    Group,
    All,
}
