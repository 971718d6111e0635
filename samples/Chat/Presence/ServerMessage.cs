using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace Chat.Presence;

/// <summary>A message from one server to the others.</summary>
/// <param name="Kind">The kind of message.</param>
/// <param name="From">The <see cref="ServerIdentity.Instance"/> of the sender.</param>
/// <param name="Roster">The people on the server, if the message reports them.</param>
public sealed record ServerMessage(
    [property: JsonProperty("kind")] ServerMessageKind Kind,
    [property: JsonProperty("from")] string From,
    [property: JsonProperty("roster", NullValueHandling = NullValueHandling.Ignore)] ServerRoster? Roster = null);

[JsonConverter(typeof(StringEnumConverter))]
public enum ServerMessageKind
{
    /// <summary>"Who is there?" A server that has just started asks this.</summary>
    RollCall,

    /// <summary>"I am here, with these people."</summary>
    Roster,

    /// <summary>"I am stopping."</summary>
    Goodbye,
}
