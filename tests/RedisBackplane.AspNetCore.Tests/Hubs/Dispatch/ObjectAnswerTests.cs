using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Newtonsoft.Json.Serialization;
using RedisBackplane.AspNetCore.Hubs.Dispatch;
using RedisBackplane.AspNetCore.Services;
using RedisBackplane.AspNetCore.Transports;

namespace RedisBackplane.AspNetCore.Tests.Hubs.Dispatch;

/// <summary>Answers with objects have the bytes of the application's serializer, or are left to it.</summary>
public sealed class ObjectAnswerTests
{
    private static readonly object[] Results =
    [
        new { name = "ünï ✓ \u2028 \" \\ / <>&'", nested = new { list = new object?[] { 1, 2.50, null, "x" } } },
        new OddHub.OddPoint { X = 1.5, Y = 2.50m, Name = "n", Next = [new OddHub.OddPoint(), new OddHub.OddPoint()] },
        Array.Empty<object>(), new List<int> { 1, 2 }, new Dictionary<string, object?> { ["a b"] = null, ["C"] = DayOfWeek.Friday },
        1.0, double.NaN, 12.50m, 'x', DayOfWeek.Monday, new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc), Guid.Empty,
        new byte[] { 1, 2 },
        new string('"', 100_000),
    ];

    public static TheoryData<string, JsonSerializerSettings> Own => new()
    {
        { "default", new JsonSerializerSettings() },
        { "camel case", new JsonSerializerSettings { ContractResolver = new CamelCasePropertyNamesContractResolver() } },
        { "names of enumerations", new JsonSerializerSettings { Converters = { new StringEnumConverter() } } },
        { "dates", new JsonSerializerSettings { DateFormatHandling = DateFormatHandling.MicrosoftDateFormat } },
        { "nulls", new JsonSerializerSettings { NullValueHandling = NullValueHandling.Ignore } },
        { "fractions", new JsonSerializerSettings { FloatFormatHandling = FloatFormatHandling.DefaultValue } },
    };

    public static TheoryData<string, JsonSerializerSettings> Foreign => new()
    {
        { "type names", new JsonSerializerSettings { TypeNameHandling = TypeNameHandling.Auto } },
        { "references", new JsonSerializerSettings { PreserveReferencesHandling = PreserveReferencesHandling.Objects } },
        { "a property of the answer", new JsonSerializerSettings { ContractResolver = new AnswersWithTypes() } },
    };

    [Theory]
    [MemberData(nameof(Own))]
    public void Answer_WithAnyResult_HasTheBytesOfTheSerializer(string name, JsonSerializerSettings settings)
    {
        var serializer = JsonSerializer.Create(settings);
        ProtocolNames.Protect(serializer);
        Assert.True(ObjectAnswer.IsAsWrittenBy(serializer), name);
        foreach (var result in Results)
        {
            Assert.Equal(Stock(serializer, "7\"", result), Written(serializer, "7\"", result));
        }
    }

    [Theory]
    [MemberData(nameof(Foreign))]
    public void Answer_OfASerializerThatWritesMoreAroundAResult_IsLeftToIt(string name, JsonSerializerSettings settings) =>
        Assert.False(ObjectAnswer.IsAsWrittenBy(JsonSerializer.Create(settings)), name);

    [Fact]
    public void Answer_AfterOneThatFailed_IsWhole()
    {
        var serializer = JsonSerializer.Create();
        var loop = new List<object> { 1 };
        loop.Add(loop);

        Assert.Throws<JsonSerializationException>(() => Written(serializer, "1", loop));

        Assert.Equal("""{"R":[1,2],"I":"2"}""", Written(serializer, "2", new[] { 1, 2 }));
    }

    private static string Stock(JsonSerializer serializer, string id, object result)
    {
        using var text = new StringWriter();
        serializer.Serialize(text, new HubResponse { Result = result, Id = id });
        return text.ToString();
    }

    private static string Written(JsonSerializer serializer, string id, object result)
    {
        var writer = Utf8Writer.Take();
        try
        {
            new ObjectAnswer(id, result, serializer).WriteTo(writer);
            return Encoding.UTF8.GetString(writer.Written.Span);
        }
        finally
        {
            writer.Return();
        }
    }

    private sealed class AnswersWithTypes : DefaultContractResolver
    {
        protected override JsonProperty CreateProperty(System.Reflection.MemberInfo member, MemberSerialization memberSerialization)
        {
            var property = base.CreateProperty(member, memberSerialization);
            property.TypeNameHandling = TypeNameHandling.All;
            return property;
        }
    }
}
