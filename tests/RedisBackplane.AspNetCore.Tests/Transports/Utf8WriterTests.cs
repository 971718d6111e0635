using RedisBackplane.AspNetCore.Transports;

namespace RedisBackplane.AspNetCore.Tests.Transports;

public sealed class Utf8WriterTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("\ud83d", "\ude00")]
    [InlineData("a\ud83d", "\ude00b")]
    [InlineData("\ud83d", "b")]
    [InlineData("\ud83d\ud83d", "\ude00")]
    public void Write_ACharacterInTwoHalves_IsThatCharacter(string first, string second)
    {
        var writer = Utf8Writer.Take();

        writer.Write(first);
        writer.Write(second);

        Assert.Equal(Encoding.UTF8.GetBytes(first + second), writer.Written.ToArray());
        writer.Return();
    }

    [Fact]
    public void Write_MoreThanAnyBuffer_KeepsAll()
    {
        var writer = Utf8Writer.Take();
        var expected = new StringBuilder();
        for (var i = 0; i < 20_000; i++)
        {
            writer.Write('x');
            writer.Write($"ü{i}");
            writer.WriteUtf8("✓"u8);
            expected.Append('x').Append('ü').Append(i).Append('✓');
        }

        Assert.Equal(expected.ToString(), Encoding.UTF8.GetString(writer.Written.Span));
        writer.Return();
    }
}
