using Chat.Presence;
using Newtonsoft.Json;

namespace Chat;

/// <summary>The answer to a person who joins.</summary>
public sealed record Welcome(
    [property: JsonProperty("server")] string Server,
    [property: JsonProperty("redis")] string Redis,
    [property: JsonProperty("app")] string App,
    [property: JsonProperty("presence")] IReadOnlyList<ServerRoster> Presence);
