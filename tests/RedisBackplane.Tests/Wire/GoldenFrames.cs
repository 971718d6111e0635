using System.Globalization;
using System.Text;

namespace RedisBackplane.Tests.Wire;

/// <summary>
/// Frames with every byte written here, according to docs/wire-format.md and not to the writer. They keep the format
/// fixed: a server that was built last year must read what a server that was built today writes.
/// </summary>
internal static class GoldenFrames
{
    public const ulong PreviousId = 0x29;
    public const ulong FirstId = 0x2A;
    public const ulong BatchNumber = 7;
    public const ulong Position = 0x1_0000_0007;
    public const long SentAt = 1_700_000_000_000_000;

    private const string Ids = "52 42 50 02  29 00 00 00 00 00 00 00  2A 00 00 00 00 00 00 00  07 00 00 00 01 00 00 00";
    private const string Named = "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F  07 00 00 00 00 00 00 00  00 40 1E 18 24 0A 06 00";

    public static IReadOnlyDictionary<string, GoldenFrame> All { get; } = new Dictionary<string, GoldenFrame>
    {
        ["one message"] = new(
            [Messages.Create("hello", "k", "s")],
            Framed("01 00 00 00", "0B 00 00 00", "0A 00 01 'k' 01 's' 'hello'")),
        ["many messages, two of the same source in a row"] = new(
            [
                Messages.Create("1", "a", "s1"), Messages.Create("2", "b", "s1"),
                Messages.Create("3", "a", "s2"), Messages.Create("4", "a", "s1"),
            ],
            Framed(
                "04 00 00 00", "1D 00 00 00",
                "07 00 01 'a' 02 's1' '1'",
                "04 10 01 'b' '2'",
                "07 00 01 'a' 02 's2' '3'",
                "07 00 01 'a' 02 's1' '4'")),
        ["command that waits for its acknowledgement"] = new(
            [Messages.Create("{\"CommandType\":1}", "c-x", "srv", commandId: "17", waitForAck: true)],
            Framed("01 00 00 00", "1E 00 00 00", "1D 03 03 'c-x' 03 'srv' 02 '17' '{\"CommandType\":1}'")),
        ["acknowledgement"] = new(
            [Messages.Create("", "__SIGNALR__SERVER__", "srv", commandId: "17", isAck: true)],
            Framed("01 00 00 00", "1D 00 00 00", "1C 05 13 '__SIGNALR__SERVER__' 03 'srv' 02 '17'")),
        ["filter"] = new(
            [Messages.Create("x", "hub", "srv", filter: "c-1|c-2")],
            Framed("01 00 00 00", "13 00 00 00", "12 08 03 'hub' 03 'srv' 07 'c-1|c-2' 'x'")),
        ["every flag"] = new(
            [Messages.Create("x", "k", "s"), Messages.Create("y", "k", "s", commandId: "1", filter: "f", waitForAck: true, isAck: true)],
            Framed("02 00 00 00", "10 00 00 00", "06 00 01 'k' 01 's' 'x'", "08 1F 01 'k' 01 '1' 01 'f' 'y'")),
        ["empty value, key and source"] = new(
            [Messages.Create("", "", ""), Messages.Create("", "", "")],
            Framed("02 00 00 00", "07 00 00 00", "03 00 00 00", "02 10 00")),
        ["strings beyond ASCII"] = new(
            [Messages.Create("Grüße", "ключ", "😀")],
            Framed(
                "01 00 00 00", "17 00 00 00",
                "16 00 08 D0 BA D0 BB D1 8E D1 87 04 F0 9F 98 80 'Gr' C3 BC C3 9F 'e'")),
        ["64 characters of 2 bytes: the length of the key takes a byte more than its characters let expect"] = new(
            [Messages.Create("v", new string('é', 64), "s")],
            Framed("01 00 00 00", "88 00 00 00", "86 01 00 80 01 (C3 A9)*64 01 's' 'v'")),
        ["key of 127 bytes"] = new(
            [Messages.Create("v", new string('k', 127), "s")],
            Framed("01 00 00 00", "86 00 00 00", "84 01 00 7F 'k'*127 01 's' 'v'")),
        ["key of 128 bytes"] = new(
            [Messages.Create("v", new string('k', 128), "s")],
            Framed("01 00 00 00", "88 00 00 00", "86 01 00 80 01 'k'*128 01 's' 'v'")),
        ["key of 16383 bytes"] = new(
            [Messages.Create("v", new string('k', 16383), "s")],
            Framed("01 00 00 00", "08 40 00 00", "85 80 01 00 FF 7F 'k'*16383 01 's' 'v'")),
        ["key of 16384 bytes"] = new(
            [Messages.Create("v", new string('k', 16384), "s")],
            Framed("01 00 00 00", "0A 40 00 00", "87 80 01 00 80 80 01 'k'*16384 01 's' 'v'")),
        ["message of 127 bytes"] = new(
            [Messages.Create(new string('v', 122), "k", "s")],
            Framed("01 00 00 00", "80 00 00 00", "7F 00 01 'k' 01 's' 'v'*122")),
        ["message of 128 bytes"] = new(
            [Messages.Create(new string('v', 123), "k", "s")],
            Framed("01 00 00 00", "82 00 00 00", "80 01 00 01 'k' 01 's' 'v'*123")),
        ["value of 127 bytes"] = new(
            [Messages.Create(new string('v', 127), "k", "s")],
            Framed("01 00 00 00", "86 00 00 00", "84 01 00 01 'k' 01 's' 'v'*127")),
        ["value of 128 bytes"] = new(
            [Messages.Create(new string('v', 128), "k", "s")],
            Framed("01 00 00 00", "87 00 00 00", "85 01 00 01 'k' 01 's' 'v'*128")),
        ["message of 16383 bytes"] = new(
            [Messages.Create(new string('v', 16378), "k", "s")],
            Framed("01 00 00 00", "01 40 00 00", "FF 7F 00 01 'k' 01 's' 'v'*16378")),
        ["message of 16384 bytes"] = new(
            [Messages.Create(new string('v', 16379), "k", "s")],
            Framed("01 00 00 00", "03 40 00 00", "80 80 01 00 01 'k' 01 's' 'v'*16379")),
        ["value of 16384 bytes"] = new(
            [Messages.Create(new string('v', 16384), "k", "s")],
            Framed("01 00 00 00", "08 40 00 00", "85 80 01 00 01 'k' 01 's' 'v'*16384")),
        ["trace context and authentication tag"] = new(
            [Messages.Create("hello", "k", "s")],
            Framed("01 00 00 00", "0B 00 00 00", "0A 00 01 'k' 01 's' 'hello'", "01 03 'abc'", "02 20 EE*32"))
        {
            Extensions = [(FrameExtension.TraceContext, Bytes("'abc'")), (FrameExtension.Authentication, Bytes("EE*32"))],
        },
        ["extension without a name, of 128 bytes"] = new(
            [Messages.Create("hello", "k", "s")],
            Framed("01 00 00 00", "0B 00 00 00", "0A 00 01 'k' 01 's' 'hello'", "FF 80 01 'x'*128"))
        {
            Extensions = [((FrameExtension)0xFF, Bytes("'x'*128"))],
        },
        ["empty extension"] = new(
            [Messages.Create("hello", "k", "s")],
            Framed("01 00 00 00", "0B 00 00 00", "0A 00 01 'k' 01 's' 'hello'", "03 00"))
        {
            Extensions = [((FrameExtension)3, [])],
        },
    };

    public static TheoryData<string> Names => new(All.Keys);

    // The size of the whole frame is after the ids and the position.
    private static byte[] Framed(params string[] parts)
    {
        var ids = Bytes(Ids);
        byte[] behind = [.. Bytes(Named), .. Bytes(parts)];
        return [.. ids, .. BitConverter.GetBytes(ids.Length + sizeof(int) + behind.Length), .. behind];
    }

    /// <summary>
    /// Reads hexadecimal bytes and 'text', each of which may be repeated: <c>(C3 A9)*64</c> repeats both bytes before
    /// it up to the last space but one.
    /// </summary>
    public static byte[] Bytes(params string[] parts)
    {
        var bytes = new List<byte>();
        foreach (var part in parts)
        {
            for (var i = 0; i < part.Length; i++)
            {
                if (part[i] == ' ')
                {
                    continue;
                }

                var unit = ReadUnit(part, ref i);
                for (var times = ReadRepeat(part, ref i); times > 0; times--)
                {
                    bytes.AddRange(unit);
                }
            }
        }

        return [.. bytes];
    }

    private static byte[] ReadUnit(string part, ref int i)
    {
        if (part[i] == '\'')
        {
            var end = part.IndexOf('\'', i + 1);
            var text = part.Substring(i + 1, end - i - 1);
            i = end;
            return Encoding.ASCII.GetBytes(text);
        }

        if (part[i] == '(')
        {
            var end = part.IndexOf(')', i);
            var inner = Bytes(part.Substring(i + 1, end - i - 1));
            i = end;
            return inner;
        }

        i++;
        return [Convert.ToByte(part.Substring(i - 1, 2), 16)];
    }

    private static int ReadRepeat(string part, ref int i)
    {
        if (i + 1 >= part.Length || part[i + 1] != '*')
        {
            return 1;
        }

        var end = part.IndexOf(' ', i);
        end = end < 0 ? part.Length : end;
        var times = part.Substring(i + 2, end - i - 2);
        i = end;
        return int.Parse(times, CultureInfo.InvariantCulture);
    }
}

internal sealed record GoldenFrame(Message[] Messages, byte[] Bytes)
{
    public (FrameExtension Kind, byte[] Content)[] Extensions { get; init; } = [];
}
