namespace RedisBackplane.Tests.Wire;

public sealed class PublisherIdTests
{
    [Fact]
    public void New_ManyTimes_IsNeverTheSame() =>
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => PublisherId.New()).Distinct().Count());

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var id = PublisherId.New();
        var bytes = new byte[PublisherId.Size];

        id.Write(bytes);

        Assert.Equal(id, PublisherId.Read(bytes));
    }

    [Fact]
    public void ToString_Id_Is32HexadecimalDigits() =>
        Assert.Equal("0000000000000001ffffffffffffff00", new PublisherId(1, 0xFFFFFFFFFFFFFF00).ToString());
}
