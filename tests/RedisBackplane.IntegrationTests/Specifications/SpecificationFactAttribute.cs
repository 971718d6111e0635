using Xunit.Sdk;

namespace RedisBackplane.IntegrationTests.Specifications;

/// <summary>A test of a specification. A topology that does not exist here appears as one skipped test.</summary>
[XunitTestCaseDiscoverer("RedisBackplane.IntegrationTests.Specifications.SpecificationFactDiscoverer", "RedisBackplane.IntegrationTests")]
public sealed class SpecificationFactAttribute : SkippableFactAttribute;

/// <inheritdoc cref="SpecificationFactAttribute"/>
[XunitTestCaseDiscoverer("RedisBackplane.IntegrationTests.Specifications.SpecificationTheoryDiscoverer", "RedisBackplane.IntegrationTests")]
public sealed class SpecificationTheoryAttribute : SkippableTheoryAttribute;

/// <summary>Marks a class whose topology may not exist here. One test of the class reports that.</summary>
[AttributeUsage(AttributeTargets.Class)]
public abstract class WholeTopologyAttribute : Attribute
{
    public abstract bool IsThere { get; }
}

/// <summary>Leaves out the tests that <see cref="WholeTopologyAttribute"/> excludes.</summary>
public sealed class SpecificationFactDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    private readonly SkippableFactDiscoverer _discoverer = new(diagnostics);

    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        IsLeftOut(testMethod) ? [] : _discoverer.Discover(discoveryOptions, testMethod, factAttribute);

    internal static bool IsLeftOut(ITestMethod method) =>
        method.TestClass.Class.ToRuntimeType()
            .GetCustomAttributes(typeof(WholeTopologyAttribute), inherit: true)
            .Cast<WholeTopologyAttribute>()
            .Any(whole => !whole.IsThere);
}

/// <inheritdoc cref="SpecificationFactDiscoverer"/>
public sealed class SpecificationTheoryDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    private readonly SkippableTheoryDiscoverer _discoverer = new(diagnostics);

    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        SpecificationFactDiscoverer.IsLeftOut(testMethod) ? [] : _discoverer.Discover(discoveryOptions, testMethod, factAttribute);
}
