namespace RedisBackplane.Tests.Delivery.Buffer;

public sealed class SipHashTests
{
    /// <summary>From CPython 3.11: SipHash-1-3 of bytes, under the key of zeros that PYTHONHASHSEED=0 sets.</summary>
    [Theory]
    [InlineData(1, 0x68a914128e01e473)]
    [InlineData(7, 0x2f098ab0c751325a)]
    [InlineData(8, 0xead411e67ebe2eea)]
    [InlineData(9, 0x75927f9d95124362)]
    [InlineData(15, 0xf30eb725bb91c9ea)]
    [InlineData(16, 0x8972188433a5c5b7)]
    [InlineData(63, 0x385d3e39e5f37359)]
    public void Compute_KnownInput_GivesTheKnownHash(int length, ulong expected)
    {
        var input = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        Assert.Equal(expected, new SipHash(0, 0).Compute(input));
    }

    [Fact]
    public void Random_TwoInstances_HashDifferently()
    {
        byte[] key = [1, 2, 3];
        Assert.NotEqual(SipHash.Random().Compute(key), SipHash.Random().Compute(key));
    }
}
