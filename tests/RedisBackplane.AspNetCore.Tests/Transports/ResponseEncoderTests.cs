using System.Runtime.CompilerServices;
using Microsoft.AspNet.SignalR.Json;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Transports;

namespace RedisBackplane.AspNetCore.Tests.Transports;

public sealed class ResponseEncoderTests
{
    private readonly ResponseEncoder _encoder = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Encode_RandomResponses_WritesWhatSignalRWrites(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 300; i++)
        {
            var cursor = $"s-0,{random.Next(5):X}";
            var response = RandomResponse(random, cursor);

            Assert.Equal(Stock(response), Own(response, cursor));
            // The second and third connection may get what the first got.
            Assert.Equal(Stock(response), Own(response, cursor));
            Assert.Equal(Stock(response), Own(response, cursor));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(50_000)]
    [InlineData(1_000_000)]
    public void Encode_ForConnectionsAtOnePlace_GivesTheSecondAndLaterOnesTheSameArray(int length)
    {
        var response = Response("s-0,5", Message(new string('1', length)), Message(new string('2', length)));

        Assert.Null(Encode(response, "s-0,5"));
        var second = Encode(response, "s-0,5");
        var third = Encode(response, "s-0,5");

        Assert.NotNull(second);
        Assert.Same(second, third);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100_000)]
    public void Encode_ForAConnectionElsewhere_SharesNothing(int length)
    {
        var (text1, text2) = (new string('1', length), new string('2', length));
        var (one, two) = (Message(text1), Message(text2));
        Encode(Response("s-0,5", one, two), "s-0,5");
        Encode(Response("s-0,5", one, two), "s-0,5");

        Assert.Equal($$"""{"C":"s-0,6","M":["{{text1}}","{{text2}}"]}""", Own(Response("s-0,6", one, two), "s-0,6"));
        Assert.Equal($$"""{"C":"s-0,5","M":["{{text1}}"]}""", Own(Response("s-0,5", one), "s-0,5"));
        Assert.Equal($$"""{"C":"s-0,5","M":["{{text1}}","{{text2}}","{{text2}}"]}""", Own(Response("s-0,5", one, two, two), "s-0,5"));
    }

    /// <summary>SignalR's own bus has the connection's own keys in each cursor.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(100_000)]
    public void Encode_ForConnectionsOfWhichEachIsElsewhere_CopiesNothing(int length)
    {
        var message = Message(new string('1', length));

        for (var i = 0; i < 10; i++)
        {
            Assert.Null(Encode(Response($"s-0,{i}", message), $"s-0,{i}"));
        }
    }

    /// <summary>Otherwise the server would hold what it has sent long ago.</summary>
    [Fact]
    public void Encode_LargeFrameThatNobodySendsAnyMore_KeepsNeitherItNorItsMessages()
    {
        var first = Message("first");

        var (frame, second) = ShareAndForget(first);
        GC.Collect();

        Assert.False(frame.IsAlive);
        Assert.False(second.IsAlive);
        GC.KeepAlive(first);
    }

    // A method of its own, so that no local variable keeps the frame.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private (WeakReference Frame, WeakReference Second) ShareAndForget(Message first)
    {
        var second = Message(new string('1', 100_000));
        var response = Response("s-0,5", first, second);
        Encode(response, "s-0,5");
        return (new WeakReference(Encode(response, "s-0,5")!), new WeakReference(second));
    }

    private static PersistentResponse RandomResponse(Random random, string cursor)
    {
        var messages = Enumerable.Range(0, random.Next(5)).Select(number => Message($"ü{number}", random)).ToArray();
        var response = Response(cursor, messages);
        response.Initializing = random.Next(6) == 0;
        response.Reconnect = random.Next(6) == 0;
        response.GroupsToken = random.Next(4) == 0 ? "token/+=\"\u2028<" : null;
        response.LongPollDelay = random.Next(10) == 0 ? 5 : null;
        return response;
    }

    private static Message Message(string text, Random? random = null) => new("source", "key", $"\"{text}\"")
    {
        CommandId = random?.Next(5) == 0 ? "command" : null,
        Filter = random?.Next(8) == 0 ? "c-someone" : null,
    };

    private static PersistentResponse Response(string cursor, params Message[] messages) =>
        new(message => message.Filter is not null, writer => writer.Write(cursor)) { Messages = [new ArraySegment<Message>(messages)] };

    private static string Stock(PersistentResponse response)
    {
        using var text = new StringWriter();
        ((IJsonWritable)response).WriteJson(text);
        return text.ToString();
    }

    private string Own(PersistentResponse response, string cursor)
    {
        var writer = Utf8Writer.Take();
        var shared = _encoder.Encode(response, text => text.Write(cursor), writer);
        var written = Encoding.UTF8.GetString(shared ?? writer.Written.Span);
        writer.Return();
        return written;
    }

    private byte[]? Encode(PersistentResponse response, string cursor)
    {
        var writer = Utf8Writer.Take();
        var shared = _encoder.Encode(response, text => text.Write(cursor), writer);
        writer.Return();
        return shared;
    }
}
