using RedisBackplane.Tests.Wire;

namespace RedisBackplane.Tests.Legacy;

/// <summary>
/// Payloads of servers of Microsoft.AspNet.SignalR.StackExchangeRedis after the id and the space, with every byte
/// written here according to docs/wire-format.md. The part after the length is that of SignalR's own
/// <see cref="ScaleoutMessage"/>, with which the tests compare it.
/// </summary>
internal static class GoldenLegacyPayloads
{
    public const long Ticks = 638_355_968_000_000_000;

    private const string Created = "00 00 E4 E8 5E E5 DB 08";
    private const string NoCommand = "00  00 00  00";

    public static IReadOnlyDictionary<string, GoldenLegacyPayload> All { get; } = new Dictionary<string, GoldenLegacyPayload>
    {
        ["one message"] = new(
            [Messages.Create("hello", "k", "s")],
            GoldenFrames.Bytes("1D 00 00 00", "01 00 00 00", "01 's' 01 'k' 05 00 00 00 'hello'", NoCommand, Created)),
        ["many messages of several keys"] = new(
            [Messages.Create("1", "b", "s1"), Messages.Create("2", "a", "s1"), Messages.Create("3", "b", "s2")],
            GoldenFrames.Bytes(
                "36 00 00 00", "03 00 00 00",
                "02 's1' 01 'b' 01 00 00 00 '1'", NoCommand,
                "02 's1' 01 'a' 01 00 00 00 '2'", NoCommand,
                "02 's2' 01 'b' 01 00 00 00 '3'", NoCommand,
                Created)),
        ["no message"] = new(
            [],
            GoldenFrames.Bytes("0C 00 00 00", "00 00 00 00", Created)),
        ["group change that waits for its acknowledgement"] = new(
            [Messages.Create("{\"CommandType\":1}", "c-x", "srv", commandId: "17", waitForAck: true)],
            GoldenFrames.Bytes(
                "2F 00 00 00", "01 00 00 00", "03 'srv' 03 'c-x' 11 00 00 00 '{\"CommandType\":1}' 02 '17'  01 00  00", Created)),
        ["acknowledgement"] = new(
            [Messages.Create("", "__SIGNALR__SERVER__", "srv", commandId: "17", isAck: true)],
            GoldenFrames.Bytes("2E 00 00 00", "01 00 00 00", "03 'srv' 13 '__SIGNALR__SERVER__' 00 00 00 00 02 '17'  00 01  00", Created)),
        ["filter"] = new(
            [Messages.Create("x", "hg-hub.room", "srv", filter: "c-1|c-2")],
            GoldenFrames.Bytes("2C 00 00 00", "01 00 00 00", "03 'srv' 0B 'hg-hub.room' 01 00 00 00 'x' 00  00 00  07 'c-1|c-2'", Created)),
        ["every field, then none"] = new(
            [Messages.Create("y", "k", "s", commandId: "1", filter: "f", waitForAck: true, isAck: true), Messages.Create("", "", "")],
            GoldenFrames.Bytes(
                "25 00 00 00", "02 00 00 00",
                "01 's' 01 'k' 01 00 00 00 'y' 01 '1'  01 01  01 'f'",
                "00 00 00 00 00 00", NoCommand,
                Created)),
        ["strings beyond ASCII"] = new(
            [Messages.Create("Grüße", "ключ", "😀")],
            GoldenFrames.Bytes(
                "29 00 00 00", "01 00 00 00",
                "04 F0 9F 98 80 08 D0 BA D0 BB D1 8E D1 87 07 00 00 00 'Gr' C3 BC C3 9F 'e'", NoCommand, Created)),
        ["key of 127 bytes"] = new(
            [Messages.Create("v", new string('k', 127), "s")],
            GoldenFrames.Bytes("97 00 00 00", "01 00 00 00", "01 's' 7F 'k'*127 01 00 00 00 'v'", NoCommand, Created)),
        ["key of 128 bytes, value of 300"] = new(
            [Messages.Create(new string('v', 300), new string('k', 128), "s")],
            GoldenFrames.Bytes("C4 01 00 00", "01 00 00 00", "01 's' 80 01 'k'*128 2C 01 00 00 'v'*300", NoCommand, Created)),
    };

    public static TheoryData<string> Names => new(All.Keys);
}

/// <param name="Bytes">The payload without the id and the space.</param>
internal sealed record GoldenLegacyPayload(Message[] Messages, byte[] Bytes)
{
    /// <summary>The part that SignalR's own class reads and writes.</summary>
    public byte[] ScaleoutMessage => Bytes.AsSpan(sizeof(int)).ToArray();

    /// <summary>The whole payload.</summary>
    public byte[] WithId(string id) => [.. System.Text.Encoding.ASCII.GetBytes(id + " "), .. Bytes];
}
