namespace RedisBackplane.AspNetCore.Tests.Documentation;

/// <summary>
/// What the blocks use and do not show: the reader's own hub, and the few members of OWIN and OpenTelemetry that they
/// call. (This repository does not reference OWIN's packages; see Directory.Build.props.)
/// </summary>
internal static class ApplicationStubs
{
    // Long names that the source below repeats.
    private const string SignalR = "Microsoft.AspNet.SignalR";
    private const string OwinApp = "Owin.IAppBuilder";
    private const string DataProtection = "Microsoft.Owin.Security.DataProtection";
    private const string TelemetryBuilder = "OpenTelemetry.IOpenTelemetryBuilder";
    private const string NotSupported = "throw new System.NotSupportedException";

    public const string Source = $$"""
        public class ChatHub : Microsoft.AspNet.SignalR.Hub { }

        public class EchoConnection : Microsoft.AspNet.SignalR.PersistentConnection { }

        public class Startup { }

        // In no namespace, so that they are found before SignalR's own, whose IAppBuilder is in an assembly that is not
        // referenced here.
        public static class StubbedExtensions
        {
            public static {{OwinApp}} MapSignalR(this {{OwinApp}} app) => app;
            public static {{OwinApp}} MapSignalR(this {{OwinApp}} app, string path, {{SignalR}}.HubConfiguration configuration) => app;
            public static {{OwinApp}} MapSignalR<T>(this {{OwinApp}} app, string path) where T : {{SignalR}}.PersistentConnection => app;
            public static void SetDataProtectionProvider(this {{OwinApp}} app, {{DataProtection}}.IDataProtectionProvider provider) { }
        }

        namespace Owin
        {
            public interface IAppBuilder { }
        }

        namespace Microsoft.Owin
        {
            [System.AttributeUsage(System.AttributeTargets.Assembly)]
            public sealed class OwinStartupAttribute(System.Type type) : System.Attribute
            {
                public System.Type Type { get; } = type;
            }
        }

        namespace Microsoft.Owin.Hosting
        {
            public static class WebApp
            {
                public static System.IDisposable Start<T>(string url) => {{NotSupported}}(url);
            }
        }

        namespace Microsoft.Owin.Security.DataProtection
        {
            public interface IDataProtectionProvider { IDataProtector Create(params string[] purposes); }

            public interface IDataProtector
            {
                byte[] Protect(byte[] userData);
                byte[] Unprotect(byte[] protectedData);
            }
        }

        public class SharedKeyProtection(byte[] key) : Microsoft.Owin.Security.DataProtection.IDataProtectionProvider
        {
            public {{DataProtection}}.IDataProtector Create(params string[] purposes) => {{NotSupported}}($"{key.Length}");
        }

        namespace OpenTelemetry
        {
            public interface IOpenTelemetryBuilder { }
        }

        namespace OpenTelemetry.Metrics
        {
            public class MeterProviderBuilder
            {
                public MeterProviderBuilder AddMeter(params string[] names) => this;
                public MeterProviderBuilder AddView(
                    System.Func<System.Diagnostics.Metrics.Instrument, MetricStreamConfiguration?> view) => this;
            }

            public class MetricStreamConfiguration { }

            public class Base2ExponentialBucketHistogramConfiguration : MetricStreamConfiguration { }

            public class ExplicitBucketHistogramConfiguration : MetricStreamConfiguration { public double[] Boundaries { get; set; } = []; }
        }

        namespace OpenTelemetry.Trace
        {
            public class TracerProviderBuilder { public TracerProviderBuilder AddSource(params string[] names) => this; }
        }

        namespace Microsoft.Extensions.DependencyInjection
        {
            public static class StubbedOpenTelemetry
            {
                public static {{TelemetryBuilder}} AddOpenTelemetry(this IServiceCollection services) => {{NotSupported}}();
                public static {{TelemetryBuilder}} WithMetrics(
                    this {{TelemetryBuilder}} builder, System.Action<OpenTelemetry.Metrics.MeterProviderBuilder> configure) => builder;
                public static {{TelemetryBuilder}} WithTracing(
                    this {{TelemetryBuilder}} builder, System.Action<OpenTelemetry.Trace.TracerProviderBuilder> configure) => builder;
            }
        }
        """;
}
