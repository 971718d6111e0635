using Newtonsoft.Json;

namespace Chat.Presence;

/// <summary>One server of the farm and everybody on it, as that server reports it to the others.</summary>
/// <param name="Instance">Created at every start of a server.</param>
/// <param name="Version">Grows with every report, so that an older report that arrives late is recognised.</param>
/// <param name="Name">The server's name, which is its port.</param>
/// <param name="Host">The machine it runs on.</param>
/// <param name="Port">The port on which a browser reaches it there.</param>
/// <param name="People">Everybody on it, in the order of their names.</param>
public sealed record ServerRoster(
    [property: JsonProperty("instance")] string Instance,
    [property: JsonProperty("version")] long Version,
    [property: JsonProperty("name")] string Name,
    [property: JsonProperty("host")] string Host,
    [property: JsonProperty("port")] int Port,
    [property: JsonProperty("people")] IReadOnlyList<Person> People);
