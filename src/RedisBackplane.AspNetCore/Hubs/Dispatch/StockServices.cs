using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// Decides whether a call can be served without SignalR's own parser and look-up, with the same result. It cannot if
/// the application has replaced one of them, or if its serializer reads calls in its own way.
/// </summary>
internal static class StockServices
{
    private static readonly JsonSerializer Default = new();

    /// <summary>
    /// Whether the application has replaced none of the services whose work this package does itself.
    /// </summary>
    public static bool AreUsed(IDependencyResolver resolver) =>
        resolver.Resolve<IHubManager>().GetType() == typeof(DefaultHubManager)
        && resolver.Resolve<IHubRequestParser>().GetType().Assembly == typeof(HubDispatcher).Assembly
        && resolver.Resolve<IParameterResolver>().GetType() == typeof(DefaultParameterResolver)
        && resolver.ResolveAll<IHubDescriptorProvider>().All(provider => provider.GetType() == typeof(ReflectedHubDescriptorProvider))
        && resolver.ResolveAll<IMethodDescriptorProvider>()
            .All(provider => provider.GetType() == typeof(ReflectedMethodDescriptorProvider) || provider is HubMethodDescriptions);

    /// <summary>
    /// Whether the serializer reads the call around the arguments like one without settings. Most settings only concern
    /// what hubs send.
    /// </summary>
    public static bool ReadsAsDefault(JsonSerializer serializer, IHubRequestParser parser) =>
        serializer.DateParseHandling == Default.DateParseHandling
        && serializer.DateFormatString == Default.DateFormatString
        && serializer.FloatParseHandling == Default.FloatParseHandling
        && serializer.MaxDepth is null or >= 32
        && !serializer.Converters.Any(converter => Reads(converter, typeof(string)) || Reads(converter, typeof(JRaw)))
        && ReadsProbe(serializer, parser);

    private static bool Reads(JsonConverter converter, Type type) => converter.CanRead && converter.CanConvert(type);

    // A probe shows the effect of all other settings.
    private static bool ReadsProbe(JsonSerializer serializer, IHubRequestParser parser)
    {
        try
        {
            var call = parser.Parse("""{"H":"hub","M":"Method","A":["text",1,{"a":[true]}],"I":7}""", serializer);
            return call is { Hub: "hub", Method: "Method", Id: "7", ParameterValues.Length: 3 }
                && (string)call.ParameterValues[0].ConvertTo(typeof(string)) == "text"
                && call.ParameterValues[2].ConvertTo(typeof(JObject)) is JObject { Count: 1 };
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
