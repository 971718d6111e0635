using System.Runtime.Versioning;
using System.Security.Claims;
using System.Security.Principal;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>The first line of a request, and its host: strings that the server does not change.</summary>
internal sealed record RequestLine(
    string Method, string Scheme, string Protocol, HostString Host, PathString PathBase, PathString Path, QueryString Query)
{
    public static RequestLine Of(HttpRequest request) =>
        new(request.Method, request.Scheme, request.Protocol, request.Host, request.PathBase, request.Path, request.QueryString);
}

/// <summary>
/// SignalR's view of a request. SignalR keeps the request of a connection for <c>OnDisconnected</c>, which may run long
/// after the request has ended, when the server uses its <see cref="HttpContext"/> for another request. So everything
/// that the server reuses is copied, when it is first read or when the request ends. Thread-safe.
/// </summary>
internal sealed class ClassicRequest : IRequest
{
    private static readonly ClaimsPrincipal Anonymous = new(new ClaimsIdentity());

    private readonly long _maxFormSize;

    // If somebody has read the query before, an application may have set one that differs from the text.
    private readonly bool _isQueryOfText;

    // Also the lock of the request: a Lock would be one more object for each idle connection.
    private readonly QueryValues _query;
    private HttpContext? _context;
    private KeyValuePair<string, StringValues>[]? _lastHeaders;
    private NameValues? _headers;
    private Dictionary<string, Cookie>? _cookies;
    private RequestForm? _form;
    private RequestLine? _line;
    private Uri? _url;

    public ClassicRequest(HttpContext context, long maxFormSize = ClassicSignalROptions.DefaultMaxIncomingFormSize)
    {
        _context = context;
        _maxFormSize = maxFormSize;
        LocalPath = (context.Request.PathBase + context.Request.Path).Value ?? string.Empty;
        _isQueryOfText = context.Features.Get<IQueryFeature>() is null;
        _query = new QueryValues(context.Request.Query);
        User = Keep(context.User);
        Environment = null!;
    }

    public RequestLine Line
    {
        get
        {
            lock (_query)
            {
                return _line ??= RequestLine.Of(_context!.Request);
            }
        }
    }

    // Seldom needed, and a host header may make it impossible.
    public Uri Url => _url ??= new Uri(UriHelper.BuildAbsolute(Line.Scheme, Line.Host, Line.PathBase, Line.Path, Line.Query));

    public string LocalPath { get; }

    public INameValueCollection QueryString => _query;

    public INameValueCollection Headers => CopiedHeaders();

    /// <summary>The headers with separate values.</summary>
    public IDictionary<string, StringValues> AllHeaders => CopiedHeaders().All;

    public IDictionary<string, Cookie> Cookies
    {
        get
        {
            lock (_query)
            {
                return _cookies ??= CookiesOf(_context?.Request.Cookies);
            }
        }
    }

    public IPrincipal User { get; }

    /// <summary>The OWIN environment: the same dictionary as that of the <see cref="HostContext"/>.</summary>
    public IDictionary<string, object> Environment { get; set; }

    /// <summary>The request itself while it lasts; afterwards null.</summary>
    public HttpContext? HttpContext => Volatile.Read(ref _context);

    public Task<INameValueCollection> ReadForm()
    {
        lock (_query)
        {
            if (_form is null && _context is not null)
            {
                _form = new RequestForm(_context, _maxFormSize);
            }

            return _form is null ? Task.FromResult<INameValueCollection>(NameValues.Empty) : _form.ReadAsync();
        }
    }

    /// <summary>
    /// Releases the parsed query of a request that starts a connection, which may be idle for long. The server and
    /// this type parse the query again if somebody reads it. No other code uses the request meanwhile.
    /// </summary>
    public void ReleaseQuery()
    {
        if (_context is not { } context)
        {
            return;
        }

        // The application may also have set another query meanwhile.
        var text = context.Request.QueryString.Value;
        if (!_query.AreOf(context.Request.Query) || !(_isQueryOfText || _query.AreIn(text)))
        {
            return;
        }

        _query.Release(text);
        context.Features.Set<IQueryFeature>(null);

        // The request has a reference to the feature until it is used for the first time after the change.
        _ = context.Request.Method;
    }

    /// <summary>Releases the request, which has ended.</summary>
    public void End()
    {
        lock (_query)
        {
            if (_context is null)
            {
                return;
            }

            _line ??= RequestLine.Of(_context.Request);

            // Few applications read them after the request, so they are only copied.
            _lastHeaders = _headers is null ? [.. _context.Request.Headers] : null;
            if (HasCookies(_context))
            {
                _cookies ??= CookiesOf(_context.Request.Cookies);
            }

            _form?.End();
            Volatile.Write(ref _context, null);
        }
    }

    private NameValues CopiedHeaders()
    {
        lock (_query)
        {
            return _headers ??= new NameValues(_lastHeaders ?? (IEnumerable<KeyValuePair<string, StringValues>>)_context!.Request.Headers);
        }
    }

    // The server creates a collection for the cookies when they are first read.
    private static bool HasCookies(HttpContext context) =>
        context.Request.Headers.Cookie.Count > 0 || context.Features.Get<IRequestCookiesFeature>() is not null;

    private static Dictionary<string, Cookie> CookiesOf(IRequestCookieCollection? all)
    {
        var cookies = new Dictionary<string, Cookie>(StringComparer.OrdinalIgnoreCase);
        if (all is not null)
        {
            foreach (var (name, value) in all.Where(cookie => cookie.Key.Length > 0))
            {
                cookies.Add(name, new Cookie(name, value));
            }
        }

        return cookies;
    }

    private static ClaimsPrincipal Keep(ClaimsPrincipal user)
    {
        // SignalR uses User.Identity without a check for null.
        if (user.Identity is null)
        {
            return Anonymous;
        }

        // The server disposes the identity with the request, but a connection and its OnDisconnected live longer.
        return OperatingSystem.IsWindows() && user.Identity is WindowsIdentity identity ? Copy(user, identity) : user;
    }

    [SupportedOSPlatform("windows")]
    private static WindowsPrincipal Copy(ClaimsPrincipal user, WindowsIdentity identity)
    {
        var copy = new WindowsPrincipal((WindowsIdentity)identity.Clone());

        // The application may have added others, for example by a claims transformation.
        copy.AddIdentities(user.Identities.Where(other => other != identity).Select(static other => other.Clone()));
        return copy;
    }
}
