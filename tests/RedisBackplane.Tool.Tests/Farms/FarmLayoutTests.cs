using RedisBackplane.Tool.Farms;

namespace RedisBackplane.Tool.Tests.Farms;

public sealed class FarmLayoutTests
{
    [Theory]
    [InlineData(null, 1, 0)]
    [InlineData("", 1, 0)]
    [InlineData("nonsense", 1, 0)]
    [InlineData("a 1 1 0/1 99\n", 1, 1)]
    [InlineData("a 1 4 0/1 99\nb 4 4 0/1 99\n- 2 0 - 99\n", 4, 2)]
    [InlineData("a 9999 1 0/1 99\n", 1, 1)]
    [InlineData("a \u0663 1 0/1 99\n", 1, 0)]
    public void Parse_WhatServersTold_CountsStreamsAndServers(string? text, int streams, int servers) =>
        Assert.Equal(new FarmLayout(streams, servers), FarmLayout.Parse(text));
}
