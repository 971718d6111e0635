using Chat.Presence;
using Newtonsoft.Json;

namespace Chat;

/// <summary>What somebody who joins gets to know.</summary>
public sealed record Welcome(
    [property: JsonProperty("server")] string Server,
    [property: JsonProperty("redis")] string Redis,
    [property: JsonProperty("app")] string App,
    [property: JsonProperty("presence")] IReadOnlyList<ServerRoster> Presence);
