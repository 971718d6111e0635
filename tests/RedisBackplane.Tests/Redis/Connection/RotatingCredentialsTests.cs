namespace RedisBackplane.Tests.Redis.Connection;

public sealed class RotatingCredentialsTests
{
    [Theory]
    [InlineData(3600, 2700)]
    [InlineData(4, 3)]
    [InlineData(1, 1)]
    [InlineData(-60, 1)]
    [InlineData(100 * 24 * 3600, 24 * 3600)]
    public void WaitFor_WhatIsLeft_IsThreeQuartersOfItWithinBounds(double left, double expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), RotatingCredentials.WaitFor(TimeSpan.FromSeconds(left)));

    [Fact]
    public void RedisCredentials_AsText_ShowNoPassword()
    {
        var text = new RedisCredentials("chat", "hunter2", DateTimeOffset.UtcNow).ToString();

        Assert.Contains("chat", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void RedisCredentials_WithoutAPassword_AreRefused(string? password) =>
        Assert.Throws<ArgumentException>(() => new RedisCredentials("chat", password!));
}
