using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace Chat.Presence;

/// <summary>What the servers say to each other.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="From">The <see cref="ServerIdentity.Instance"/> that says it.</param>
/// <param name="Roster">Who is on the server, when it tells that.</param>
public sealed record ServerMessage(
    [property: JsonProperty("kind")] ServerMessageKind Kind,
    [property: JsonProperty("from")] string From,
    [property: JsonProperty("roster", NullValueHandling = NullValueHandling.Ignore)] ServerRoster? Roster = null);

[JsonConverter(typeof(StringEnumConverter))]
public enum ServerMessageKind
{
    /// <summary>"Who is there?" A server that has just started asks.</summary>
    RollCall,

    /// <summary>"I am here, with these people."</summary>
    Roster,

    /// <summary>"I am going."</summary>
    Goodbye,
}
