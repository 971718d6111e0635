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

    [Fact]
    public void Encode_ForConnectionsAtOnePlace_GivesTheSecondAndLaterOnesTheSameArray()
    {
        var response = Response("s-0,5", Message("one"), Message("two"));

        Assert.Null(Encode(response, "s-0,5"));
        var second = Encode(response, "s-0,5");
        var third = Encode(response, "s-0,5");

        Assert.NotNull(second);
        Assert.Same(second, third);
    }

    [Fact]
    public void Encode_ForAConnectionElsewhere_SharesNothing()
    {
        var (one, two) = (Message("one"), Message("two"));
        Encode(Response("s-0,5", one, two), "s-0,5");
        Encode(Response("s-0,5", one, two), "s-0,5");

        Assert.Equal("""{"C":"s-0,6","M":["one","two"]}""", Own(Response("s-0,6", one, two), "s-0,6"));
        Assert.Equal("""{"C":"s-0,5","M":["one"]}""", Own(Response("s-0,5", one), "s-0,5"));
        Assert.Equal("""{"C":"s-0,5","M":["one","two","two"]}""", Own(Response("s-0,5", one, two, two), "s-0,5"));
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
