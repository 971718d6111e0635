using Newtonsoft.Json;

namespace Chat;

/// <summary>
/// The origin of a message. Every message carries it as its last argument, which a client may leave out.
/// </summary>
/// <param name="Id">The connection that sent it.</param>
/// <param name="Server">The server of the sender.</param>
/// <param name="At">When that server received it: milliseconds since 1970, UTC.</param>
public sealed record MessageOrigin(
    [property: JsonProperty("id")] string Id,
    [property: JsonProperty("server")] string Server,
    [property: JsonProperty("at")] long At);
