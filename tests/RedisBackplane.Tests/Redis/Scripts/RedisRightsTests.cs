namespace RedisBackplane.Tests.Redis.Scripts;

/// <summary>What servers of several products and versions answer if a right is missing.</summary>
public sealed class RedisRightsTests
{
    private const string Script =
        "local a = 1\nredis.call('SET', KEYS[1], a)\nlocal b = redis.pcall('XADD', KEYS[2])";

    private static readonly RedisRights Rights = new RedisNames("Chat", 0).Rights;

    [Theory]
    // Redis 6
    [InlineData("NOPERM this user has no permissions to run the 'evalsha' command or its subcommand", "+evalsha")]
    // Redis 7.0
    [InlineData("NOPERM this user has no permissions to run the 'client|setname' command", "+client|setname")]
    [InlineData("NOPERM User chat has no permissions to run the 'evalsha' command", "+evalsha")] // Redis 7.2, Valkey
    [InlineData("NOPERM this user has no permissions to access one of the keys used as arguments", "~{Chat}:*")]
    [InlineData("NOPERM No permissions to access a key", "~{Chat}:*")]
    [InlineData("NOPERM this user has no permissions to access one of the channels used as arguments", "&Chat")]
    [InlineData("NOPERM No permissions to access a channel", "&Chat")]
    [InlineData("ERR The user executing the script can't run this command or subcommand script: 48cb, on @user_script:2.", "+set")]
    [InlineData("ERR The user executing the script can't run this command or subcommand script: 48cb, on @user_script:3.", "+xadd")]
    [InlineData("ERR The user executing the script can't run this command or subcommand (xadd)", "+xadd")]
    [InlineData(
        "ERR The user executing the script can't access at least one of the keys mentioned in the command script: 48cb, on @user_script:2.",
        "~{Chat}:*")]
    [InlineData(
        "ERR The user executing the script can't publish to the channel mentioned in the command script: 48cb, on @user_script:2.",
        "&Chat")]
    [InlineData(
        "ERR ACL failure in script: User chat has no permissions to run the 'set' command script: 48cb, on @user_script:2.",
        "+set")]
    // The mark of a script counts, and not the line at which it asked.
    [InlineData(
        "ERR @user_script: 3: The user executing the script can't run this command or subcommand (spublish)", "+spublish")]
    public void Explain_AMissingRight_NamesItAndWhatRedisSaid(string said, string right)
    {
        var refusal = new RedisServerException(said);

        var explained = Rights.Explain(refusal, Script);

        Assert.NotNull(explained);
        Assert.Contains($"lacks the right {right} (", explained.Message, StringComparison.Ordinal);
        Assert.EndsWith(said, explained.Message, StringComparison.Ordinal);
        Assert.Same(refusal, explained.InnerException);
    }

    [Theory]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.")]
    [InlineData("READONLY You can't write against a read only replica.")]
    [InlineData("WRONGTYPE Operation against a key holding the wrong kind of value (xadd)")]
    [InlineData("ERR unknown command 'XADD'")]
    [InlineData("NOPERM something new")]
    [InlineData("ERR The user executing the script can't run this command or subcommand script: 48cb, on @user_script:99.")]
    public void Explain_WhatIsNoMissingRightOrNamesNone_IsLeftAsItIs(string said) =>
        Assert.Null(Rights.Explain(new RedisServerException(said), Script));

    [Fact]
    public void Rights_OfANameWithCharactersOfPatterns_AreOfThatNameAlone()
    {
        var rights = new RedisNames(@"a*b?[c]\", 0).Rights;

        Assert.Equal((@"~{a\*b\?\[c\]\\}:*", @"&a\*b\?\[c\]\\"), (rights.Keys, rights.Channel));
    }
}
