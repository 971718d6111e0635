using Microsoft.AspNet.SignalR.Hubs;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;
using RedisBackplane.AspNetCore.Transports;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// The answer of a call whose result goes through the application's serializer. The bytes are those of a
/// <see cref="HubResponse"/> that goes through it.
/// </summary>
internal sealed class ObjectAnswer(string id, object result, JsonSerializer serializer)
{
    /// <summary>
    /// Whether a serializer writes the same around a result as inside of a <see cref="HubResponse"/>, if it writes
    /// plain results as <see cref="PlainJson"/> does.
    /// </summary>
    public static bool IsAsWrittenBy(JsonSerializer serializer) =>
        serializer.TypeNameHandling == TypeNameHandling.None
        && serializer.PreserveReferencesHandling == PreserveReferencesHandling.None
        && serializer.ContractResolver.ResolveContract(typeof(HubResponse)) is JsonObjectContract
        {
            Converter: null, IsReference: not true,
        } contract
        && contract.Properties.FirstOrDefault(property => property.UnderlyingName == nameof(HubResponse.Result)) is
        {
            Converter: null, ItemConverter: null, ItemIsReference: not true, IsReference: not true, ItemTypeNameHandling: null,
            TypeNameHandling: null, ShouldSerialize: null, GetIsSpecified: null,
        };

    public void WriteTo(Utf8Writer writer) => writer.WriteJson(
        static (json, answer) => answer.Write(json), this);

    private void Write(JsonTextWriter json)
    {
        json.WriteStartObject();
        json.WritePropertyName("R", escape: false);
        serializer.Serialize(json, result);
        json.WritePropertyName("I", escape: false);
        json.WriteValue(id);
        json.WriteEndObject();
    }
}
