using System.Reflection;
using Microsoft.AspNet.SignalR;

namespace RedisBackplane.AspNetCore;

/// <summary>
/// The settings of classic SignalR in this host: those of an OWIN application's <c>HubConfiguration</c> and
/// <c>GlobalHost.Configuration</c>, with the same defaults. They are read once, when SignalR's resolver is made. Wrong
/// values stop the application at start-up. Not thread-safe while it is being filled.
/// </summary>
public sealed class ClassicSignalROptions
{
    internal const long DefaultMaxIncomingFormSize = 30_000_000;

    private TimeSpan? _keepAlive;
    private int? _maxIncomingWebSocketMessageSize = 64 * 1024;

    /// <summary>
    /// Whether a client gets the message of an exception that its hub call threw. It always gets the message of a
    /// <c>HubException</c>. In the development environment it also gets the stack trace.
    /// </summary>
    /// <value>Default <see langword="false"/>: the client only learns that the call failed.</value>
    public bool EnableDetailedErrors { get; set; }

    /// <summary>
    /// Whether the JavaScript proxies of the hubs are served at <c>{path}/hubs</c> and <c>{path}/js</c>.
    /// </summary>
    /// <value>Default <see langword="true"/>.</value>
    public bool EnableJavaScriptProxies { get; set; } = true;

    /// <summary>
    /// Whether requests with a <c>callback</c> parameter are answered with script (JSONP), which any site can read.
    /// CORS is the better way; see <c>RequireCors</c>.
    /// </summary>
    /// <value>Default <see langword="false"/>: such requests get 403.</value>
    public bool EnableJsonp { get; set; }

    /// <summary>
    /// Whether this host uses <see cref="GlobalHost"/>, as every OWIN application does. If it does, whatever the
    /// application did to <see cref="GlobalHost"/> before <c>MapClassicSignalR</c> counts (its resolver, pipeline,
    /// configuration and traces), and <c>GlobalHost.ConnectionManager</c> reaches this host's clients. There is one
    /// <see cref="GlobalHost"/> in a process, so only one host of a process may use it.
    /// </summary>
    /// <value>
    /// Default <see langword="null"/>: it is not used, and that cannot go unnoticed. The application does not start if
    /// it has configured <see cref="GlobalHost"/>, and later use of it throws. <see langword="false"/>:
    /// <see cref="GlobalHost"/> is not touched.
    /// </value>
    public bool? UseGlobalHost { get; set; }

    /// <summary>
    /// SignalR's resolver for this host: one of the application's own, such as a <c>DefaultDependencyResolver</c> over
    /// a container. What it resolves has precedence over the application's services. The host disposes it.
    /// </summary>
    /// <value>Default <see langword="null"/>: the host makes one.</value>
    public IDependencyResolver? Resolver { get; set; }

    /// <summary>
    /// The only assemblies that are searched for hubs. For an application that must not serve every hub that is
    /// deployed with it.
    /// </summary>
    /// <value>
    /// Default empty: the application's assembly and all assemblies that are deployed with it or already loaded, if
    /// they refer to SignalR, directly or through another assembly.
    /// </value>
    public IList<Assembly> HubAssemblies { get; } = [];

    /// <summary>Additional assemblies that are searched for hubs, such as plug-ins.</summary>
    /// <value>Default empty.</value>
    public IList<Assembly> AdditionalHubAssemblies { get; } = [];

    /// <summary>
    /// How long a client tries to connect with one transport before it tries the next one. The client receives this
    /// value at negotiation.
    /// </summary>
    /// <value>More than 0, at most 1 day; default 5 s.</value>
    public TimeSpan TransportConnectTimeout
    {
        get => SetTransportConnectTimeout ?? TimeSpan.FromSeconds(5);
        set => SetTransportConnectTimeout = value;
    }

    /// <summary>
    /// How long a long-polling request stays open without a message. If <see cref="KeepAlive"/> is off, this applies to
    /// any connection.
    /// </summary>
    /// <value>More than 0, at most 1 day; default 110 s.</value>
    public TimeSpan ConnectionTimeout
    {
        get => SetConnectionTimeout ?? TimeSpan.FromSeconds(110);
        set => SetConnectionTimeout = value;
    }

    /// <summary>
    /// How long a client may be away before <c>OnDisconnected</c> is called and its groups are forgotten. A client that
    /// comes back earlier reconnects.
    /// </summary>
    /// <value>6 s to 1 day; default 30 s.</value>
    public TimeSpan DisconnectTimeout
    {
        get => SetDisconnectTimeout ?? TimeSpan.FromSeconds(30);
        set => SetDisconnectTimeout = value;
    }

    /// <summary>
    /// How often an idle connection is sent a keep-alive. A client that misses two of them reconnects.
    /// </summary>
    /// <value>
    /// 2 s to a third of <see cref="DisconnectTimeout"/>, or <see langword="null"/> to switch it off; default a third
    /// of <see cref="DisconnectTimeout"/>.
    /// </value>
    public TimeSpan? KeepAlive
    {
        get => IsKeepAliveSet ? _keepAlive : DisconnectTimeout / 3;
        set
        {
            _keepAlive = value;
            IsKeepAliveSet = true;
        }
    }

    /// <summary>
    /// How many messages SignalR keeps for each key (hub, group, user, connection), for clients that are slow or
    /// reconnecting. A backplane that keeps its own messages does not use it.
    /// </summary>
    /// <value>1 or more; default 1000.</value>
    public int DefaultMessageBufferSize
    {
        get => SetDefaultMessageBufferSize ?? 1000;
        set => SetDefaultMessageBufferSize = value;
    }

    /// <summary>
    /// The largest message in bytes that a client may send over WebSockets. A larger one ends its connection.
    /// </summary>
    /// <value>
    /// 1 or more, or <see langword="null"/> for no limit; default 65,536. Other transports have the server's limit of
    /// request bodies.
    /// </value>
    public int? MaxIncomingWebSocketMessageSize
    {
        get => _maxIncomingWebSocketMessageSize;
        set
        {
            _maxIncomingWebSocketMessageSize = value;
            IsMaxIncomingWebSocketMessageSizeSet = true;
        }
    }

    /// <summary>
    /// The largest form in bytes that a client may post. Urlencoding turns one byte that is no letter or digit into
    /// three. A larger form is answered with 413. The server's own limit of request bodies also applies.
    /// </summary>
    /// <value>1 or more; default 30,000,000, which is also Kestrel's limit.</value>
    public long MaxIncomingFormSize { get; set; } = DefaultMaxIncomingFormSize;

    /// <summary>
    /// Origins of pages that may use WebSockets and posts, as browsers send them: <c>https://shop.example.org</c>,
    /// <c>http://localhost:5000</c>, or <c>*</c> for any. Origins that a CORS policy of the endpoint or <c>UseCors</c>
    /// allows need not be listed.
    /// </summary>
    /// <value>
    /// Default empty: pages of other origins get 403. The application's own pages, and clients that are no browsers,
    /// are not affected.
    /// </value>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>
    /// Whether a connection is closed when the authentication of its user ends (<c>ExpiresUtc</c> of the ticket). The
    /// client reconnects, and is refused unless it has been authenticated again.
    /// </summary>
    /// <value>Default <see langword="false"/>: the connection stays open.</value>
    public bool CloseOnAuthenticationExpiration { get; set; }

    /// <summary>How long a long-polling client waits before it polls again after it received messages.</summary>
    /// <value>0 to 1 day; default 0.</value>
    public TimeSpan LongPollDelay
    {
        get => SetLongPollDelay ?? TimeSpan.Zero;
        set => SetLongPollDelay = value;
    }

    // A setting that was not set must not overwrite the value of a resolver of the application.
    internal TimeSpan? SetTransportConnectTimeout { get; private set; }

    internal TimeSpan? SetConnectionTimeout { get; private set; }

    internal TimeSpan? SetDisconnectTimeout { get; private set; }

    internal int? SetDefaultMessageBufferSize { get; private set; }

    internal TimeSpan? SetLongPollDelay { get; private set; }

    internal bool IsKeepAliveSet { get; private set; }

    internal bool IsMaxIncomingWebSocketMessageSizeSet { get; private set; }

    /// <summary>
    /// Whether SignalR's own dispatcher serves all hub calls. This package has a dispatcher that gives the same answers
    /// in a fraction of the time, and passes calls that it does not support to SignalR's. Set it for a comparison, or
    /// as a way out.
    /// </summary>
    /// <value>Default <see langword="false"/>.</value>
    public bool UseStockHubDispatcher { get; set; }

    /// <summary>
    /// Whether SignalR's own transports serve all connections, watched by SignalR's heartbeat. This package has its own
    /// for WebSockets, server-sent events and long polling, which clients cannot tell from SignalR's. They pool
    /// buffers, and a client that reads slowly holds neither a thread nor a growing queue. The setting is for
    /// comparison, and a way out.
    /// </summary>
    /// <value>Default <see langword="false"/>.</value>
    public bool UseStockTransports { get; set; }
}
