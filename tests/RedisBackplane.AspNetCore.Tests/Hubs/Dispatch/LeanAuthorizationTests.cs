using System.Reflection;
using RedisBackplane.AspNetCore.Hubs.Dispatch;

namespace RedisBackplane.AspNetCore.Tests.Hubs.Dispatch;

/// <summary>Hubs without attributes have no cost for authorization. Others go through SignalR's module.</summary>
public sealed class LeanAuthorizationTests
{
    [Fact]
    public void PutInPlace_PipelineOfAnApplication_ReplacesSignalRsOwnModuleAloneAndKeepsTheOrder()
    {
        using var resolver = new DefaultDependencyResolver();
        var pipeline = resolver.Resolve<IHubPipeline>();
        var rule = new AuthorizeAttribute();
        pipeline.AddModule(new MarkModule());
        pipeline.AddModule(new AuthorizeModule(rule, rule));

        LeanAuthorization.PutInPlace(pipeline);

        Assert.Equal([typeof(LeanAuthorization), typeof(MarkModule), typeof(AuthorizeModule)], ModulesOf(pipeline));
    }

    [Fact]
    public void PutInPlace_PipelineOfAnotherForm_ChangesNothing()
    {
        var pipeline = new OtherPipeline();

        LeanAuthorization.PutInPlace(pipeline);

        Assert.IsType<AuthorizeModule>(Assert.Single(pipeline.Modules));
    }

    [Fact]
    public async Task Message_ThroughThePipeline_EndsWithItsPublish()
    {
        using var resolver = new DefaultDependencyResolver();
        LeanAuthorization.PutInPlace(resolver.Resolve<IHubPipeline>());
        var published = new TaskCompletionSource();
        var step = new LeanAuthorization(new AuthorizeModule()).BuildOutgoing(_ => published.Task);

        Assert.Same(published.Task, step(null!));
        published.SetResult();
        await published.Task;
    }

    [Fact]
    public void Step_ThatReturnsNoTask_IsDone()
    {
        var module = new LeanAuthorization(new AuthorizeModule());

        Assert.True(module.BuildOutgoing(_ => null!)(null!).IsCompletedSuccessfully);
        Assert.True(module.BuildConnect(_ => null!)(null!).IsCompletedSuccessfully);
        Assert.True(module.BuildReconnect(_ => null!)(null!).IsCompletedSuccessfully);
        Assert.True(module.BuildDisconnect((_, _) => null!)(null!, false).IsCompletedSuccessfully);
    }

    private static IEnumerable<Type> ModulesOf(IHubPipeline pipeline)
    {
        var field = pipeline.GetType().GetField("_modules", BindingFlags.Instance | BindingFlags.NonPublic)!;
        return ((IEnumerable<IHubPipelineModule>)field.GetValue(pipeline)!).Reverse().Select(module => module.GetType());
    }

    /// <summary>Keeps its modules in a field of another name than SignalR's pipeline.</summary>
    private sealed class OtherPipeline : IHubPipeline
    {
        public Stack<IHubPipelineModule> Modules { get; } = new([new AuthorizeModule()]);

        public IHubPipeline AddModule(IHubPipelineModule pipelineModule)
        {
            Modules.Push(pipelineModule);
            return this;
        }
    }
}
