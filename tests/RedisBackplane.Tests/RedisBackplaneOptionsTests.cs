using Microsoft.AspNet.SignalR;

namespace RedisBackplane.Tests;

/// <summary>Later changes of the application's options have no effect.</summary>
public sealed class RedisBackplaneOptionsTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];

    [Fact]
    public void Copy_KeysClearedAfterwards_KeepsThem()
    {
        var (first, second) = ((byte[])Key.Clone(), Enumerable.Reverse(Key).ToArray());
        var options = new RedisBackplaneOptions { AuthenticationKeys = [first, second] };

        var copy = options.Copy();
        Array.Clear(first, 0, first.Length);
        options.AuthenticationKeys.RemoveAt(1);

        Assert.Equal([Key, [.. Enumerable.Reverse(Key)]], copy.AuthenticationKeys);
    }

    [Fact]
    public void Copy_ServersChangedAfterwards_KeepsThem()
    {
        var options = new RedisBackplaneOptions { ConnectionStrings = ["one:1", "two:2"] };

        var copy = options.Copy();
        options.ConnectionStrings[0] = "three:3";
        options.ConnectionStrings.RemoveAt(1);

        Assert.Equal(["one:1", "two:2"], copy.ConnectionStrings);
    }

    [Fact]
    public void Copy_ConfigurationChangedAfterwards_KeepsIt()
    {
        var options = new RedisBackplaneOptions { ConfigurationOptions = ConfigurationOptions.Parse("one:1,password=secret") };

        var copy = options.Copy();
        options.ConfigurationOptions.Password = "other";
        options.ConfigurationOptions.EndPoints.Clear();

        Assert.Equal(("secret", 1), (copy.ConfigurationOptions!.Password, copy.ConfigurationOptions.EndPoints.Count));
    }

    /// <summary>A new option must have one of these types, or be copied.</summary>
    [Fact]
    public void Copy_EachOption_IsAValueOrAServiceOrCopied()
    {
        var shared =
            from property in typeof(RedisBackplaneOptions).GetProperties()
            let type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType
            where !type.IsValueType && type != typeof(string) && !type.IsSubclassOf(typeof(Delegate))
            select property.Name;

        Assert.Equal(
            ["AuthenticationKeys", "ConfigurationOptions", "Connection", "ConnectionStrings", "LoggerFactory"],
            shared.OrderBy(name => name, StringComparer.Ordinal));
    }

    [Fact]
    public void UseRedis_OptionsChangedBeforeTheBusIsMade_HaveNoEffect()
    {
        var resolver = new DefaultDependencyResolver();
        var options = new RedisBackplaneOptions { Server = "192.0.2.1", Port = 1, AppName = "Chat" };
        resolver.UseRedis(options);

        (options.Server, options.AppName) = ("192.0.2.2", string.Empty);

        using var bus = resolver.Resolve<RedisMessageBus>();
        Assert.Equal("192.0.2.1:1", Assert.Single(bus.Status.Streams).Endpoints);
    }
}
