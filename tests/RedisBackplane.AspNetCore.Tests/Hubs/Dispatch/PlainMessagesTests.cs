using System.Reflection;
using Microsoft.AspNet.SignalR.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Newtonsoft.Json.Serialization;
using RedisBackplane.AspNetCore.Hubs.Dispatch;

namespace RedisBackplane.AspNetCore.Tests.Hubs.Dispatch;

/// <summary>Messages written without the serializer have its bytes; others are left to the serializer.</summary>
public sealed class PlainMessagesTests
{
    private static readonly object?[] Plain =
        [null, "", "text \"ü✓\\\u2028\u0001 <>&'", "\ud83d\ude00", "\ud800", true, false, 0, -7, int.MinValue, long.MaxValue];

    private readonly RecordingConnection _connection = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Message_OfPlainValues_HasTheBytesOfTheSerializer(int seed)
    {
        var random = new Random(seed);
        using var resolver = new DefaultDependencyResolver();
        var send = new PlainMessages(resolver).BuildOutgoing(StockStep());
        for (var i = 0; i < 200; i++)
        {
            var invocation = Invocation([.. Enumerable.Range(0, random.Next(5)).Select(_ => Plain[random.Next(Plain.Length)])]);

            await send(Context(invocation));

            var value = Assert.IsType<ArraySegment<byte>>(_connection.Last!.Value.Value);
            Assert.Equal(StockBytes(invocation), Encoding.UTF8.GetString(value));
            Assert.Equal(("signal", "excluded"), (_connection.Last.Value.Signal, Assert.Single(_connection.Last.Value.ExcludedSignals)));
        }
    }

    [Fact]
    public async Task Message_WithAnObjectOrState_IsLeftToTheSerializer()
    {
        using var resolver = new DefaultDependencyResolver();
        var send = new PlainMessages(resolver).BuildOutgoing(StockStep());
        var withState = Invocation("text");
        withState.State = new Dictionary<string, object> { ["count"] = 1 };

        await send(Context(Invocation(new { a = 1 })));
        Assert.IsType<ClientHubInvocation>(_connection.Last!.Value.Value);
        await send(Context(Invocation(1.5)));
        Assert.IsType<ClientHubInvocation>(_connection.Last!.Value.Value);
        await send(Context(withState));
        Assert.Same(withState, _connection.Last!.Value.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Message_WithASerializerOfItsOwnWays_IsLeftToIt(bool escapes)
    {
        using var resolver = new DefaultDependencyResolver();
        var serializer = JsonSerializer.Create(escapes
            ? new JsonSerializerSettings { StringEscapeHandling = StringEscapeHandling.EscapeHtml }
            : new JsonSerializerSettings { Converters = { new StringNumbers() } });
        resolver.Register(typeof(JsonSerializer), () => serializer);
        var send = new PlainMessages(resolver).BuildOutgoing(StockStep());

        await send(Context(Invocation("text", 5)));

        Assert.IsType<ClientHubInvocation>(_connection.Last!.Value.Value);
    }

    /// <summary>It leaves the samples as they are by which serializers are compared.</summary>
    [Fact]
    public async Task Message_WithAConverterOfTheContractResolver_IsLeftToTheSerializer()
    {
        using var resolver = new DefaultDependencyResolver();
        var serializer = JsonSerializer.Create(new JsonSerializerSettings { ContractResolver = new TrimmedTexts() });
        resolver.Register(typeof(JsonSerializer), () => serializer);
        var send = new PlainMessages(resolver).BuildOutgoing(StockStep());

        await send(Context(Invocation(" text ")));

        Assert.IsType<ClientHubInvocation>(_connection.Last!.Value.Value);
    }

    [Fact]
    public void Step_OfAModuleOfTheApplication_StaysTheInnermost()
    {
        using var resolver = new DefaultDependencyResolver();
        Func<IHubOutgoingInvokerContext, Task> inner = _ => Task.CompletedTask;

        Assert.Same(inner, new PlainMessages(resolver).BuildOutgoing(inner));
    }

    // SignalR's own innermost step, which its pipeline passes to the first module.
    private static Func<IHubOutgoingInvokerContext, Task> StockStep() => typeof(HubDispatcher)
        .GetMethod("Outgoing", BindingFlags.NonPublic | BindingFlags.Static)!
        .CreateDelegate<Func<IHubOutgoingInvokerContext, Task>>();

    private static ClientHubInvocation Invocation(params object?[] arguments) => new() { Hub = "hub", Method = "hear", Args = arguments! };

    private static string StockBytes(ClientHubInvocation invocation)
    {
        using var text = new StringWriter();
        JsonUtility.CreateDefaultSerializer().Serialize(text, invocation);
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private OutgoingContext Context(ClientHubInvocation invocation) => new(_connection, invocation);

    private sealed class OutgoingContext(IConnection connection, ClientHubInvocation invocation) : IHubOutgoingInvokerContext
    {
        public IConnection Connection => connection;

        public ClientHubInvocation Invocation => invocation;

        public string Signal => "signal";

        public IList<string> Signals => null!;

        public IList<string> ExcludedSignals => ["excluded"];
    }

    private sealed class StringNumbers : StringEnumConverter
    {
        public override bool CanConvert(Type objectType) => objectType == typeof(int);
    }

    private sealed class TrimmedTexts : DefaultContractResolver
    {
        protected override JsonConverter? ResolveContractConverter(Type objectType) =>
            objectType == typeof(string) ? new Trimmed() : base.ResolveContractConverter(objectType);
    }

    private sealed class Trimmed : JsonConverter<string>
    {
        public override string? ReadJson(
            JsonReader reader, Type objectType, string? existingValue, bool hasExistingValue, JsonSerializer serializer) =>
            (string?)reader.Value;

        public override void WriteJson(JsonWriter writer, string? value, JsonSerializer serializer) => writer.WriteValue(value?.Trim());
    }

    private sealed class RecordingConnection : IConnection
    {
        public ConnectionMessage? Last { get; private set; }

        public string DefaultSignal => string.Empty;

        public Task Send(ConnectionMessage message)
        {
            Last = message;
            return Task.CompletedTask;
        }
    }
}
