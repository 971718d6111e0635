using Newtonsoft.Json;

namespace Chat;

/// <summary>
/// Where a message comes from. Every message carries it as its last argument, which a client may leave out.
/// </summary>
/// <param name="Id">The connection that sent it.</param>
/// <param name="Server">The server that the sender is on.</param>
/// <param name="At">When that server took it: milliseconds since 1970, UTC.</param>
public sealed record MessageOrigin(
    [property: JsonProperty("id")] string Id,
    [property: JsonProperty("server")] string Server,
    [property: JsonProperty("at")] long At);
