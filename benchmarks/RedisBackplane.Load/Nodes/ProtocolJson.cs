using System.Text.Json;
using System.Text.Json.Serialization;

namespace RedisBackplane.Load.Nodes;

internal static class ProtocolJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        IncludeFields = false,
        Converters = { new JsonStringEnumConverter() },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string line) =>
        JsonSerializer.Deserialize<T>(line, Options) ?? throw new InvalidDataException($"No {typeof(T).Name}: {line}");
}
