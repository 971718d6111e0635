using Newtonsoft.Json;

namespace Chat.Presence;

/// <summary>Somebody in the chat: one connection of one browser window.</summary>
/// <param name="Id">
/// SignalR's connection id, which addresses a private message. It is no secret (the connection token is).
/// </param>
/// <param name="Name">What they call themselves.</param>
/// <param name="Rooms">The rooms they are in, in alphabetical order.</param>
public sealed record Person(
    [property: JsonProperty("id")] string Id,
    [property: JsonProperty("name")] string Name,
    [property: JsonProperty("rooms")] IReadOnlyList<string> Rooms);
