using System.Reflection;
using Xunit.Sdk;

namespace RedisBackplane.AspNetCore.Tests.Hosting;

/// <summary>Runs a theory over each transport that the .NET client has, or over each that SignalR has.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EachTransportAttribute : DataAttribute
{
    /// <summary>Whether the forever frame is one of them, which the .NET client does not have.</summary>
    public bool WithForeverFrame { get; set; }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod)
    {
        string[] names = ["webSockets", "serverSentEvents", .. WithForeverFrame ? (string[])["foreverFrame"] : [], "longPolling"];
        return names.Select(name => new object[] { name });
    }
}
