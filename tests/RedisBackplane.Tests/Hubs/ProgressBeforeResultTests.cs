using System.Collections.Concurrent;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Transports;
using Moq;
using RedisBackplane.Hubs;

namespace RedisBackplane.Tests.Hubs;

public sealed class ProgressBeforeResultTests : IDisposable
{
    private readonly ConcurrentQueue<TaskCompletionSource<object?>> _acknowledgements = new();
    private readonly Mock<IRequest> _request = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly TaskCompletionSource<object?> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose() => _asked.Dispose();

    [Fact]
    public async Task Result_OfAMethodWithProgress_WaitsForTwoAcknowledgements()
    {
        var invocation = Invoke(typeof(int));
        Assert.Empty(_acknowledgements);

        _result.SetResult("result");
        await AcknowledgeAsync();
        Assert.False(invocation.IsCompleted);
        await AcknowledgeAsync();

        Assert.Equal("result", await invocation);
    }

    [Fact]
    public async Task Failure_OfAMethodWithProgress_WaitsToo()
    {
        var invocation = Invoke(typeof(int));

        _result.SetException(new HubException("failed"));
        await AcknowledgeAsync();
        await AcknowledgeAsync();

        Assert.Equal("failed", (await Assert.ThrowsAsync<HubException>(() => invocation)).Message);
    }

    [Fact]
    public async Task Result_WithoutAnAcknowledgement_GoesOut()
    {
        var invocation = Invoke(typeof(int));

        _result.SetResult("result");
        (await NextAsync()).SetCanceled();

        Assert.Equal("result", await invocation);
        Assert.Empty(_acknowledgements);
    }

    [Fact]
    public async Task Result_OfAMethodWithoutProgress_DoesNotWait()
    {
        var invocation = Invoke(progress: null);

        _result.SetResult("result");

        Assert.Equal("result", await invocation);
        Assert.Empty(_acknowledgements);
    }

    [Theory]
    [InlineData("serverSentEvents")]
    [InlineData("foreverFrame")]
    [InlineData("longPolling")]
    [InlineData("longpolling")]
    public async Task Result_WhereACallIsARequestOfItsOwn_TakesTheBusAndDoesNotWait(string transport)
    {
        using var resolver = new DefaultDependencyResolver();
        resolver.UseRedis("127.0.0.1", 6379, null, "progress");
        var invocation = Invoke(typeof(int), transport, resolver);

        _result.SetResult("result");

        Assert.Equal("result", await invocation);
        Assert.Empty(_acknowledgements);
        var connection = new Mock<ITransportConnection>();
        connection.Setup(it => it.Send(It.IsAny<ConnectionMessage>())).Returns(Task.CompletedTask);
        Assert.NotNull(AnswerBehindProgress.TrySend(_request.Object, connection.Object, "7", "answer"));
        connection.Verify(it => it.Send(It.Is<ConnectionMessage>(message => message.Signal == "c-7" && (string)message.Value == "answer")));
    }

    [Fact]
    public async Task Result_OverATransportOfTheApplication_WaitsForTwoAcknowledgements()
    {
        using var resolver = new DefaultDependencyResolver();
        var transports = new TransportManager(resolver);
        transports.Remove("longPolling");
        transports.Register("longPolling", _ => null!);
        resolver.Register(typeof(ITransportManager), () => transports);
        resolver.UseRedis("127.0.0.1", 6379, null, "progress");
        var invocation = Invoke(typeof(int), "longPolling", resolver);

        _result.SetResult("result");
        await AcknowledgeAsync();
        await AcknowledgeAsync();

        Assert.Equal("result", await invocation);
        Assert.Null(AnswerBehindProgress.TrySend(_request.Object, Mock.Of<ITransportConnection>(), "7", "answer"));
    }

    [Fact]
    public void UseRedis_CalledTwice_AddsTheModuleOnce()
    {
        using var resolver = new DefaultDependencyResolver();
        var pipeline = new Mock<IHubPipeline>();
        resolver.Register(typeof(IHubPipeline), () => pipeline.Object);

        resolver.UseRedis("127.0.0.1", 6379, null, "progress").UseRedis("127.0.0.1", 6379, null, "progress");

        pipeline.Verify(it => it.AddModule(It.IsAny<ProgressBeforeResult>()), Times.Once);
    }

    [Fact]
    public void UseRedis_WithAPipelineThatIsClosed_StillChoosesTheBus()
    {
        using var resolver = new DefaultDependencyResolver();
        var pipeline = new Mock<IHubPipeline>();
        pipeline.Setup(it => it.AddModule(It.IsAny<IHubPipelineModule>())).Throws(new InvalidOperationException("closed"));
        resolver.Register(typeof(IHubPipeline), () => pipeline.Object);

        resolver.UseRedis("127.0.0.1", 6379, null, "progress");

        Assert.Null(resolver.GetService(typeof(ProgressBeforeResult)));
    }

    private Task<object?> Invoke(Type? progress, string transport = "webSockets", IDependencyResolver? resolver = null)
    {
        var query = new Mock<INameValueCollection>();
        query.SetupGet(it => it["transport"]).Returns(transport);
        _request.SetupGet(it => it.QueryString).Returns(query.Object);
        _request.SetupGet(it => it.Environment).Returns(new Dictionary<string, object>());
        var groups = new Mock<IGroupManager>();
        groups.Setup(it => it.Remove("connection", It.IsAny<string>())).Returns(() =>
        {
            var acknowledgement = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _acknowledgements.Enqueue(acknowledgement);
            _asked.Release();
            return acknowledgement.Task;
        });
        var hub = new Mock<IHub>();
        hub.SetupGet(it => it.Groups).Returns(groups.Object);
        hub.SetupGet(it => it.Context).Returns(new HubCallerContext(_request.Object, "connection"));
        var context = new Mock<IHubIncomingInvokerContext>();
        context.SetupGet(it => it.Hub).Returns(hub.Object);
        context.SetupGet(it => it.MethodDescriptor).Returns(new MethodDescriptor { ProgressReportingType = progress });
        return new ProgressBeforeResult(resolver ?? Mock.Of<IDependencyResolver>()).BuildIncoming(_ => _result.Task)(context.Object);
    }

    private async Task AcknowledgeAsync() => (await NextAsync()).SetResult(null);

    private async Task<TaskCompletionSource<object?>> NextAsync()
    {
        Assert.True(await _asked.WaitAsync(TimeSpan.FromSeconds(30)), "No acknowledgement was asked for.");
        Assert.True(_acknowledgements.TryDequeue(out var next));
        return next!;
    }
}
