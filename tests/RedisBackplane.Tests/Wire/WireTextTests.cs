using System.Text;

namespace RedisBackplane.Tests.Wire;

public sealed class WireTextTests
{
    private static readonly char[] Letters = ['a', 'é', '漢', '\uD83D', '\uDE00', '\uD800', '\uDFFF', '\uFFFD', '\0'];

    [Fact]
    public void Text_OfAnyLetters_IsReadAsItWasWritten()
    {
        for (var seed = 0; seed < 5000; seed++)
        {
            var text = AnyText(new Random(seed));

            Assert.True(text == RoundTrip(text, out _), $"seed {seed}");
        }
    }

    [Fact]
    public void Texts_ThatDiffer_HaveDifferentBytes()
    {
        var texts = Enumerable.Range(0, 2000).Select(seed => AnyText(new Random(seed))).Distinct(StringComparer.Ordinal).ToArray();

        var bytes = texts.Select(text =>
        {
            _ = RoundTrip(text, out var written);
            return Convert.ToBase64String(written);
        });

        Assert.Equal(texts.Length, bytes.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("Grüße, 漢字 😀")]
    public void WholeText_IsPlainUtf8(string text)
    {
        _ = RoundTrip(text, out var bytes);

        Assert.Equal(Encoding.UTF8.GetBytes(text), bytes);
    }

    [Fact]
    public void Read_BytesThatAreNoText_AreReplaced()
    {
        byte[] bytes = [0xED, 0xA0, 0x80, (byte)'a', 0xED, 0xA0, 0xFF, 0xED];

        Assert.Equal("\uD800a" + Encoding.UTF8.GetString(bytes, 4, 4), WireText.Read(bytes, 0, bytes.Length));
    }

    private static string RoundTrip(string text, out byte[] bytes)
    {
        var buffer = new byte[WireText.MaxBytes(text.Length) + 1];
        var length = WireText.Write(text, buffer, 1);
        bytes = buffer.AsSpan(1, length).ToArray();
        return WireText.Read(buffer, 1, length);
    }

    private static string AnyText(Random random) =>
        new([.. Enumerable.Range(0, random.Next(8)).Select(_ => Letters[random.Next(Letters.Length)])]);
}
