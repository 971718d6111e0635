using System.Reflection;
using Xunit.Sdk;

namespace RedisBackplane.BrowserTests.JavaScript;

/// <summary>Each version, over each transport of a current browser, with the own parts and with SignalR's.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EachClientAttribute : DataAttribute
{
    private static readonly string[] Versions = ["2.2.2", "2.4.3"];

    public static bool AreInstalled => Array.TrueForAll(
        [.. Versions.Select(static version => $"signalr-{version}.js"), "jquery.js"],
        static file => File.Exists(Path.Combine(ScriptedHosts.Pages, "lib", file)));

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        from version in Versions
        from transport in (string[])["webSockets", "serverSentEvents", "longPolling"]
        from stock in (bool[])[false, true]
        select new object[] { version, transport, stock };
}
