using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNet.SignalR.Configuration;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Json;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Requests;
using RedisBackplane.AspNetCore.Transports;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// Answers the first request of a connection, <c>negotiate</c>. The answers to requests of one kind differ only in the
/// token and the id of the connection. So the bytes around these come from an answer that SignalR wrote. Thread-safe.
/// </summary>
internal sealed class NegotiationAnswers(IConfigurationManager configuration, ITransportManager transports)
{
    // Clients choose the path and the protocol, so the number of kinds is limited.
    private const int MaxKinds = 64;

    private readonly ConcurrentDictionary<Kind, Template> _templates = new();

    /// <summary>Whether a request is answered here.</summary>
    public static bool IsFor(HostContext context) =>
        context.Response is ClassicResponse && ConnectionStart.Asks(context.Request, "/negotiate")
        && string.IsNullOrEmpty(context.Request.QueryString["callback"]);

    /// <param name="serializer">The serializer of the answer. It writes texts as <see cref="PlainJson"/> does.</param>
    /// <param name="askSignalR">Lets SignalR answer the request.</param>
    public Task AnswerAsync(HostContext context, object serializer, IProtectedData protection, Func<Task> askSignalR)
    {
        var response = (ClassicResponse)context.Response;
        var kind = KindOf(context, serializer);
        if (!_templates.TryGetValue(kind, out var template))
        {
            return LearnAsync(kind, response, askSignalR);
        }

        var id = Guid.NewGuid().ToString("d");
        var user = context.Request.User?.Identity is { IsAuthenticated: true } identity ? identity.Name ?? string.Empty : string.Empty;
        var token = protection.Protect(id + ':' + user, Purposes.ConnectionToken);
        var writer = Utf8Writer.Take();
        template.Write(writer, token, id);
        response.ContentType = JsonUtility.JsonMimeType;
        response.Write(writer.Written.Span);
        writer.Return();
        return Task.CompletedTask;
    }

    private async Task LearnAsync(Kind kind, ClassicResponse response, Func<Task> askSignalR)
    {
        var written = new ArrayBufferWriter<byte>();
        response.Copy = written;
        await askSignalR().ConfigureAwait(false);
        response.Copy = null;
        if (_templates.Count < MaxKinds && Template.TryRead(written.WrittenSpan) is { } template)
        {
            _templates.TryAdd(kind, template);
        }
    }

    private Kind KindOf(HostContext context, object serializer) => new(
        context.Request.LocalPath,
        context.Request.QueryString["clientProtocol"],
        context.Environment.ContainsKey(WebSocketAcceptance.CapabilitiesKey)
            && transports.SupportsTransport(TransportRegistrations.WebSockets),
        configuration.KeepAlive,
        configuration.DisconnectTimeout,
        configuration.ConnectionTimeout,
        configuration.TransportConnectTimeout,
        configuration.LongPollDelay,
        serializer);

    /// <summary>Everything that the answer depends on, except for the user.</summary>
    private readonly record struct Kind(
        string Path,
        string? Protocol,
        bool HasWebSockets,
        TimeSpan? KeepAlive,
        TimeSpan DisconnectTimeout,
        TimeSpan ConnectionTimeout,
        TimeSpan TransportConnectTimeout,
        TimeSpan LongPollDelay,
        object Serializer);

    /// <summary>The bytes of an answer before, between and after the token and the id.</summary>
    private sealed class Template(byte[] head, byte[] middle, byte[] tail)
    {
        /// <returns><see langword="null"/> if this is not the usual answer.</returns>
        public static Template? TryRead(ReadOnlySpan<byte> answer)
        {
            try
            {
                var reader = new Utf8JsonReader(answer);
                return Find(ref reader, "ConnectionToken"u8) is { } token && Find(ref reader, "ConnectionId"u8) is { } id
                    ? new Template(
                        answer[..token.Start.Value].ToArray(),
                        answer[token.End.Value..id.Start.Value].ToArray(),
                        answer[id.End.Value..].ToArray())
                    : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }

        public void Write(Utf8Writer writer, string token, string id)
        {
            writer.WriteUtf8(head);
            PlainJson.WriteText(writer, token);
            writer.WriteUtf8(middle);
            PlainJson.WriteText(writer, id);
            writer.WriteUtf8(tail);
        }

        private static Range? Find(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name) && reader.Read())
                {
                    return (int)reader.TokenStartIndex..(int)reader.BytesConsumed;
                }
            }

            return null;
        }
    }
}
