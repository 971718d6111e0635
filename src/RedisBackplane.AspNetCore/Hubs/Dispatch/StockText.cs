using System.Globalization;
using System.Resources;
using System.Text;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// SignalR's own texts, in the language of the thread, so that clients get the same text from both dispatchers.
/// </summary>
internal static class StockText
{
    private static readonly ResourceManager Resources = new("Microsoft.AspNet.SignalR.Resources", typeof(HubDispatcher).Assembly);

    public static string NotAWebSocketRequest => Get("Error_NotWebSocketRequest");

    public static string HubInvocationFailed(string hub, string method) =>
        string.Format(CultureInfo.CurrentCulture, CompositeFormat.Parse(Get("Error_HubInvocationFailed")), hub, method);

    public static string AmbiguousMessage(string signal, IList<string> signals) => string.Format(
        CultureInfo.CurrentCulture, CompositeFormat.Parse(Get("Error_AmbiguousMessage")), signal, string.Join(", ", signals));

    private static string Get(string name) => Resources.GetString(name, CultureInfo.CurrentUICulture)
        ?? throw new MissingManifestResourceException($"SignalR has no text '{name}'.");
}
