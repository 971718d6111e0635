using System.Reflection;

namespace RedisBackplane.AspNetCore;

/// <summary>
/// How classic SignalR behaves in this host: the settings that an OWIN application gave to <c>HubConfiguration</c> and to
/// <c>GlobalHost.Configuration</c>, with the same defaults. Read once, when SignalR's resolver is made; wrong values stop the application
/// at start-up. Not thread-safe while it is being filled.
/// </summary>
public sealed class ClassicSignalROptions
{
    private TimeSpan? _keepAlive;
    private bool _keepAliveIsSet;

    /// <summary>
    /// Whether a client is told the message of an exception that its hub call threw. The message of a <c>HubException</c> is always told.
    /// In the development environment the stack trace goes along.
    /// </summary>
    /// <value>Default <see langword="false"/>: the client reads only that the call failed.</value>
    public bool EnableDetailedErrors { get; set; }

    /// <summary>Whether the JavaScript proxies of the hubs are served at <c>{path}/hubs</c> and <c>{path}/js</c>.</summary>
    /// <value>Default <see langword="true"/>.</value>
    public bool EnableJavaScriptProxies { get; set; } = true;

    /// <summary>
    /// Whether requests with a <c>callback</c> parameter are answered with script (JSONP), which lets any site read them. CORS is the
    /// better way; see <c>RequireCors</c>.
    /// </summary>
    /// <value>Default <see langword="false"/>: such requests get 403.</value>
    public bool EnableJsonp { get; set; }

    /// <summary>
    /// Whether <c>GlobalHost.DependencyResolver</c> is set to this host's resolver, for code that calls <c>GlobalHost</c>. It is one
    /// variable for the whole process: where several hosts run in one process, at most one of them may do this.
    /// </summary>
    /// <value>Default <see langword="false"/>: <c>GlobalHost</c> is left alone.</value>
    public bool UseGlobalHost { get; set; }

    /// <summary>
    /// The assemblies that are searched for hubs. Name them where the application's assembly does not refer to those with its hubs
    /// (plug-ins), or where it must not serve every hub it refers to.
    /// </summary>
    /// <value>
    /// Default empty: the application's assembly and all that it refers to, directly or through others, and that refer to SignalR.
    /// </value>
    public IList<Assembly> HubAssemblies { get; } = [];

    /// <summary>
    /// How long a client tries to connect with one transport before it tries the next. It is told to the client at negotiation.
    /// </summary>
    /// <value>More than 0, at most 1 day; default 5 s.</value>
    public TimeSpan TransportConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a long-polling request stays open without a message; and any connection, where <see cref="KeepAlive"/> is off.
    /// </summary>
    /// <value>More than 0, at most 1 day; default 110 s.</value>
    public TimeSpan ConnectionTimeout { get; set; } = TimeSpan.FromSeconds(110);

    /// <summary>
    /// How long a connection may be away before <c>OnDisconnected</c> is called and its groups are forgotten; a client that comes back
    /// earlier reconnects.
    /// </summary>
    /// <value>6 s to 1 day; default 30 s.</value>
    public TimeSpan DisconnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often an idle connection is sent a sign of life. A client that misses two reconnects.</summary>
    /// <value>
    /// 2 s to a third of <see cref="DisconnectTimeout"/>, or <see langword="null"/> to switch it off; default a third of
    /// <see cref="DisconnectTimeout"/>.
    /// </value>
    public TimeSpan? KeepAlive
    {
        get => _keepAliveIsSet ? _keepAlive : DisconnectTimeout / 3;
        set
        {
            _keepAlive = value;
            _keepAliveIsSet = true;
        }
    }

    /// <summary>
    /// How many messages SignalR keeps for each key (hub, group, user, connection), for clients that are slow or reconnecting. Not used by
    /// a backplane that keeps its own.
    /// </summary>
    /// <value>1 or more; default 1000.</value>
    public int DefaultMessageBufferSize { get; set; } = 1000;

    /// <summary>The largest message in bytes that a client may send over WebSockets; a larger one ends its connection.</summary>
    /// <value>
    /// 1 or more, or <see langword="null"/> for no limit; default 65,536. Other transports have the server's limit of request bodies.
    /// </value>
    public int? MaxIncomingWebSocketMessageSize { get; set; } = 64 * 1024;

    /// <summary>How long a long-polling client waits before it polls again after it received messages.</summary>
    /// <value>0 to 1 day; default 0.</value>
    public TimeSpan LongPollDelay { get; set; } = TimeSpan.Zero;
}
