using Xunit.Sdk;

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class SpecificationFactDiscovererTests
{
    [Fact]
    public void Discover_WhereTheTopologyIsMissing_FindsNothing()
    {
        Assert.Empty(Discover(typeof(OnMissingTopology), nameof(SomeSpecification.Something)));
        Assert.Empty(Discover(typeof(OnMissingTopology), nameof(SomeSpecification.SomethingWith)));
    }

    [Fact]
    public void Discover_WhereTheTopologyIsThere_FindsTheTests()
    {
        Assert.Single(Discover(typeof(OnTopology), nameof(SomeSpecification.Something)));
        Assert.Equal(2, Discover(typeof(OnTopology), nameof(SomeSpecification.SomethingWith)).Count());
    }

    private static IEnumerable<IXunitTestCase> Discover(Type type, string method)
    {
        var assembly = new TestAssembly(Reflector.Wrap(type.Assembly));
        var testClass = new TestClass(new TestCollection(assembly, null, "some"), Reflector.Wrap(type));
        var testMethod = new TestMethod(testClass, Reflector.Wrap(type.GetMethod(method)!));
        var attribute = testMethod.Method.GetCustomAttributes(typeof(FactAttribute)).Single();
        IXunitTestCaseDiscoverer discoverer = attribute is IReflectionAttributeInfo { Attribute: SpecificationFactAttribute }
            ? new SpecificationFactDiscoverer(new NullMessageSink())
            : new SpecificationTheoryDiscoverer(new NullMessageSink());
        return discoverer.Discover(new DefaultOptions(), testMethod, attribute);
    }

    private sealed class DefaultOptions : ITestFrameworkDiscoveryOptions
    {
        public TValue GetValue<TValue>(string name) => default!;

        public void SetValue<TValue>(string name, TValue value) => throw new NotSupportedException();
    }

    [AttributeUsage(AttributeTargets.Class)]
    private sealed class TopologyAttribute(bool isThere) : WholeTopologyAttribute
    {
        public override bool IsThere => isThere;
    }

#pragma warning disable xUnit1000 // Not public, so that a run does not take them for tests.
    private abstract class SomeSpecification
    {
        [SpecificationFact]
        public void Something()
        {
        }

        [SpecificationTheory]
        [InlineData(1)]
        [InlineData(2)]
        public void SomethingWith(int number) => _ = number;
    }

    [Topology(isThere: false)]
    private sealed class OnMissingTopology : SomeSpecification;

    [Topology(isThere: true)]
    private sealed class OnTopology : SomeSpecification;
#pragma warning restore xUnit1000
}
