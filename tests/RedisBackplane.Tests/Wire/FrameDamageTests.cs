using System.Buffers.Binary;

namespace RedisBackplane.Tests.Wire;

/// <summary>Reading any bytes neither throws nor reads beyond them; an accepted frame has a readable end.</summary>
public sealed class FrameDamageTests
{
    public static TheoryData<string> ShortGoldenNames =>
        new(GoldenFrames.All.Where(frame => frame.Value.Bytes.Length < 300).Select(frame => frame.Key));

    [Theory]
    [MemberData(nameof(ShortGoldenNames))]
    public void TryRead_CutAnywhereBeforeTheExtensions_IsRefused(string name)
    {
        var bytes = GoldenFrames.All[name].Bytes;
        var end = FrameLayout.Messages + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(FrameLayout.Length));
        for (var length = 0; length < end; length++)
        {
            Assert.False(Frame.TryRead(bytes.AsSpan(0, length).ToArray(), out _, out var reason), $"cut to {length} bytes");
            Assert.False(string.IsNullOrEmpty(reason));
        }
    }

    [Theory]
    [MemberData(nameof(ShortGoldenNames))]
    public void TryRead_AnyByteChanged_IsRefusedOrStillWhole(string name)
    {
        var bytes = (byte[])GoldenFrames.All[name].Bytes.Clone();
        for (var i = 0; i < bytes.Length; i++)
        {
            var right = bytes[i];
            for (var wrong = 0; wrong <= byte.MaxValue; wrong++)
            {
                var (at, value) = (i, wrong);
                bytes[i] = (byte)wrong;
                AssertRefusedOrWhole(bytes, () => $"byte {at} is {value}");
            }

            bytes[i] = right;
        }
    }

    [Fact]
    public void TryRead_RandomBytes_AreRefusedOrWhole()
    {
        const int seed = 20240607;
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var number = round;
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            AssertRefusedOrWhole(bytes, () => $"seed {seed}, round {number}");
        }
    }

    [Fact]
    public void TryRead_RandomMessagesBehindARightHeader_AreRefusedOrWhole()
    {
        const int seed = 19991231;
        var random = new Random(seed);
        var accepted = 0;
        var header = Frames.Bytes(0, 1).AsSpan(0, FrameLayout.Messages).ToArray();
        for (var round = 0; round < 50_000; round++)
        {
            var number = round;
            byte[] bytes = [.. header, .. new byte[random.Next(2, 20)]];
            for (var i = FrameLayout.Messages; i < bytes.Length; i++)
            {
                // Small numbers are more likely to form a message.
                bytes[i] = (byte)random.Next(random.Next(8) != 0 ? 4 : 256);
            }

            bytes[FrameLayout.Count] = (byte)random.Next(1, 3);
            bytes[FrameLayout.Length] = (byte)(bytes.Length - FrameLayout.Messages);
            bytes[FrameLayout.Messages] = (byte)(bytes.Length - FrameLayout.Messages - random.Next(1, 4));
            accepted += AssertRefusedOrWhole(bytes, () => $"seed {seed}, round {number}") ? 1 : 0;
        }

        Assert.InRange(accepted, 1000, 49_000);
    }

    // Fails with the name of the case. The name is created only then, because there are many cases.
    private static bool AssertRefusedOrWhole(byte[] bytes, Func<string> what)
    {
        if (!Frame.TryRead(bytes, out var frame, out var reason))
        {
            if (string.IsNullOrEmpty(reason))
            {
                Assert.Fail("Refused without a reason: " + what());
            }

            return false;
        }

        var count = 0;
        var isWithin = true;
        foreach (var message in frame)
        {
            count++;
            var value = message.ToMessage(1, 0).Value;
            isWithin &= value.Offset + value.Count <= value.Array!.Length;
        }

        var extensions = frame.EnumerateExtensions();
        while (extensions.MoveNext())
        {
            isWithin &= extensions.Start + extensions.Content.Length < bytes.Length;
        }

        var header = frame.Header;
        if (reason is not null || !isWithin || count != header.Count
            || header.PreviousId >= header.FirstId || header.FirstId > header.LastId || header.LastId == ulong.MaxValue)
        {
            Assert.Fail("Taken and not whole: " + what());
        }

        return true;
    }
}
