using Microsoft.AspNet.SignalR.Json;
using RedisBackplane.AspNetCore.Hubs;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

public sealed class HubMethodDescriptionsTests
{
    private readonly HubDescriptor _hub = new() { Name = "odd", HubType = typeof(OddHub) };
    private readonly HubMethodDescriptions _own = new();

    [Fact]
    public void GetMethods_AskedAgain_DescribesNothingAgain()
    {
        var stock = new ReflectedMethodDescriptorProvider().GetMethods(_hub).Select(Text);

        var first = _own.GetMethods(_hub);

        Assert.Equal(stock, first.Select(Text));
        Assert.Same(first, _own.GetMethods(_hub));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryGetMethod_OfAnyNameAndNumberOfParameters_FindsWhatSignalRFinds(bool described)
    {
        var stock = new ReflectedMethodDescriptorProvider();
        if (described)
        {
            _own.GetMethods(_hub);
        }

        foreach (var name in new[] { "Echo", "ECHO", "add", "Over", "Same", "Optional", "renamed", "Original", "Work", "Missing", "" })
        {
            for (var count = 0; count < 4; count++)
            {
                var isFound = _own.TryGetMethod(_hub, name, out var found, new IJsonValue[count]);

                Assert.Equal(stock.TryGetMethod(_hub, name, out var expected, new IJsonValue[count]), isFound);
                Assert.Equal(expected is null ? null : Text(expected), found is null ? null : Text(found));
            }
        }
    }

    [Fact]
    public void TryGetMethod_HubHasAMethodThatSignalRCannotDescribe_FindsTheOthers()
    {
        var hub = new HubDescriptor { Name = "generic", HubType = typeof(GenericHub) };
        Assert.ThrowsAny<Exception>(() => _own.GetMethods(hub));

        Assert.True(_own.TryGetMethod(hub, "Echo", out var found, new IJsonValue[1]));

        Assert.Equal("Echo", found!.Name);
        Assert.ThrowsAny<Exception>(() => _own.GetMethods(hub));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryGetMethod_DisposeAsyncOfAHub_IsNoMethodForClients(bool described)
    {
        var hub = new HubDescriptor { Name = "modern", HubType = typeof(ModernHub) };
        if (described)
        {
            Assert.DoesNotContain(_own.GetMethods(hub), method => method.Name == nameof(ModernHub.DisposeAsync));
        }

        Assert.False(_own.TryGetMethod(hub, "disposeAsync", out _, []));
        Assert.True(_own.TryGetMethod(hub, "wait", out _, []));
    }

    private static string Text(MethodDescriptor method) =>
        $"{method.Name} {method.ReturnType} {string.Join(',', method.Parameters.Select(parameter => parameter.Name))} "
        + $"{method.ProgressReportingType} {method.NameSpecified} {string.Join(',', method.Attributes)}";

    // Abstract, so that the hosts of other tests do not find it.
    private abstract class GenericHub : Hub
    {
        public string Echo(string text) => text;

        public T? Generic<T>() => default;
    }
}
