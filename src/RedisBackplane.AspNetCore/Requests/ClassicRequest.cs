using System.Security.Claims;
using System.Security.Principal;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Primitives;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// SignalR's view of a request. It is a copy, because SignalR keeps the request of a connection for
/// <c>OnDisconnected</c>. That may run long after the request ended, when the server uses its <see cref="HttpContext"/>
/// for another request.
/// </summary>
internal sealed class ClassicRequest : IRequest
{
    private static readonly ClaimsPrincipal Anonymous = new(new ClaimsIdentity());

    private readonly Lazy<Uri> _url;
    private readonly NameValues _headers;
    private readonly RequestForm _form;
    private HttpContext? _context;

    public ClassicRequest(HttpContext context, long maxFormSize = ClassicSignalROptions.DefaultMaxIncomingFormSize)
    {
        _context = context;
        var request = context.Request;
        LocalPath = (request.PathBase + request.Path).Value ?? string.Empty;
        QueryString = new NameValues(request.Query);
        _headers = new NameValues(request.Headers);
        Cookies = CookiesOf(request);
        User = Keep(context.User);
        Environment = new Dictionary<string, object>();
        _form = new RequestForm(context, maxFormSize);

        // Created on demand: it is rarely needed, and an invalid host header can make it fail.
        var (scheme, host, pathBase, path, query) = (request.Scheme, request.Host, request.PathBase, request.Path, request.QueryString);
        _url = new Lazy<Uri>(() => new Uri(UriHelper.BuildAbsolute(scheme, host, pathBase, path, query)));
    }

    public Uri Url => _url.Value;

    public string LocalPath { get; }

    public INameValueCollection QueryString { get; }

    public INameValueCollection Headers => _headers;

    /// <summary>The headers with separate values.</summary>
    public IDictionary<string, StringValues> AllHeaders => _headers.All;

    public IDictionary<string, Cookie> Cookies { get; }

    public IPrincipal User { get; }

    /// <summary>The OWIN environment: the same dictionary as that of the <see cref="HostContext"/>.</summary>
    public IDictionary<string, object> Environment { get; set; }

    /// <summary>The request itself while it lasts; afterwards null.</summary>
    public HttpContext? HttpContext => Volatile.Read(ref _context);

    public Task<INameValueCollection> ReadForm() => _form.ReadAsync();

    /// <summary>Releases the request, which has ended.</summary>
    public void End()
    {
        Volatile.Write(ref _context, null);
        _form.End();
    }

    private static Dictionary<string, Cookie> CookiesOf(HttpRequest request)
    {
        var cookies = new Dictionary<string, Cookie>(request.Cookies.Count, StringComparer.OrdinalIgnoreCase);
        if (request.Cookies.Count > 0)
        {
            foreach (var (name, value) in request.Cookies.Where(cookie => cookie.Key.Length > 0))
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
        return OperatingSystem.IsWindows() && user.Identity is WindowsIdentity identity
            ? new WindowsPrincipal((WindowsIdentity)identity.Clone())
            : user;
    }
}
