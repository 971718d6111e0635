using System.Globalization;
using Microsoft.AspNet.SignalR.Json;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Transports;
using Newtonsoft.Json;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// Writes a response, byte for byte as <see cref="PersistentResponse"/> writes it, but from the messages' own bytes. A
/// response that several connections share is written once (<see cref="SharedFrames"/>).
/// </summary>
/// <param name="prefix">The bytes before each response.</param>
/// <param name="suffix">The bytes after each response.</param>
internal sealed class ResponseEncoder(ReadOnlyMemory<byte> prefix = default, ReadOnlyMemory<byte> suffix = default)
{
    private readonly SharedFrames _shared = new();

    /// <param name="writeCursor">Writes the connection's cursor; <see langword="null"/> if only SignalR can.</param>
    /// <param name="writer">Receives the frame, unless several connections share it.</param>
    /// <returns>The shared frame to send instead of the writer's content; otherwise <see langword="null"/>.</returns>
    public byte[]? Encode(PersistentResponse response, Action<TextWriter>? writeCursor, Utf8Writer writer)
    {
        writer.WriteUtf8(prefix.Span);
        if (writeCursor is null || HasFilter(response))
        {
            // A filter excludes recipients of a message. Only SignalR can evaluate it.
            ((IJsonWritable)response).WriteJson(writer);
            writer.WriteUtf8(suffix.Span);
            return null;
        }

        writer.WriteUtf8("{\"C\":\""u8);
        writeCursor(writer);
        writer.WriteUtf8("\","u8);
        if (response.Initializing || response.Reconnect || response.GroupsToken is not null || response.LongPollDelay is not null)
        {
            WriteOwn(response, writer);
            WriteMessages(response, writer);
            return null;
        }

        var first = FirstMessage(response);
        if (first is null)
        {
            WriteMessages(response, writer);
            return null;
        }

        return _shared.Find(first, response, writer.Written.Span) ?? Encode(response, first, writer);
    }

    private byte[]? Encode(PersistentResponse response, Message first, Utf8Writer writer)
    {
        var head = writer.Count;
        WriteMessages(response, writer);
        return _shared.Add(first, response, writer.Written.Span, head);
    }

    private static void WriteOwn(PersistentResponse response, Utf8Writer writer)
    {
        if (response.Initializing)
        {
            writer.WriteUtf8("\"S\":1,"u8);
        }

        if (response.Reconnect)
        {
            writer.WriteUtf8("\"T\":1,"u8);
        }

        if (response.GroupsToken is { } token)
        {
            writer.WriteUtf8("\"G\":"u8);
            writer.Write(JsonConvert.ToString(token));
            writer.WriteUtf8(","u8);
        }

        if (response.LongPollDelay is { } delay)
        {
            writer.WriteUtf8("\"L\":"u8);
            writer.Write(delay.ToString(CultureInfo.InvariantCulture));
            writer.WriteUtf8(","u8);
        }
    }

    private void WriteMessages(PersistentResponse response, Utf8Writer writer)
    {
        writer.WriteUtf8("\"M\":["u8);
        var isFirst = true;
        if (response.Messages is { } segments)
        {
            for (var i = 0; i < segments.Count; i++)
            {
                foreach (var message in segments[i].AsSpan())
                {
                    if (message.IsCommand)
                    {
                        continue;
                    }

                    if (!isFirst)
                    {
                        writer.WriteUtf8(","u8);
                    }

                    isFirst = false;
                    writer.WriteUtf8(message.Value);
                }
            }
        }

        writer.WriteUtf8("]}"u8);
        writer.WriteUtf8(suffix.Span);
    }

    private static bool HasFilter(PersistentResponse response)
    {
        if (response.Messages is { } segments)
        {
            for (var i = 0; i < segments.Count; i++)
            {
                foreach (var message in segments[i].AsSpan())
                {
                    if (!string.IsNullOrEmpty(message.Filter))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    private static Message? FirstMessage(PersistentResponse response) =>
        response.Messages is [{ Count: > 0 } segment, ..] ? segment.Array![segment.Offset] : null;
}
