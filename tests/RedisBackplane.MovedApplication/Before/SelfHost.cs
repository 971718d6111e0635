using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.MovedApplication;

/// <summary>Serves SignalR with an <see cref="HttpListener"/>, as OWIN's self-host does.</summary>
public sealed class SelfHost : IDisposable
{
    private readonly HttpListener _listener = new HttpListener();
    private readonly CancellationTokenSource _stopping = new CancellationTokenSource();
    private readonly Dictionary<string, Func<PersistentConnection>> _paths = new Dictionary<string, Func<PersistentConnection>>();

    public SelfHost(string url)
    {
        _listener.Prefixes.Add(url + "/");
    }

    public void Map(string path, Func<PersistentConnection> makeConnection)
    {
        _paths.Add(path, makeConnection);
    }

    public void Start()
    {
        var resolver = GlobalHost.DependencyResolver;
        resolver.Register(typeof(IProtectedData), () => new EncodedTokens());
        resolver.InitializeHost("moved", _stopping.Token);
        _listener.Start();
        _ = AcceptAsync();
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Close();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var context = await _listener.GetContextAsync().ConfigureAwait(false);
            _ = Task.Run(() => ServeAsync(context));
        }
    }

    private async Task ServeAsync(HttpListenerContext context)
    {
        try
        {
            var path = _paths.Keys.Single(candidate => context.Request.Url.AbsolutePath.StartsWith(candidate, StringComparison.Ordinal));
            var request = new ListenerRequest(context.Request);
            var hostContext = new HostContext(request, new ListenerResponse(context.Response));
            request.Environment = hostContext.Environment;
            hostContext.Environment["host.OnAppDisposing"] = _stopping.Token;
            var connection = _paths[path]();
            connection.Initialize(GlobalHost.DependencyResolver);
            if (connection.Authorize(request))
            {
                await connection.ProcessRequest(hostContext).ConfigureAwait(false);
            }
            else
            {
                context.Response.StatusCode = (int)HttpStatusCode.Unauthorized;
            }
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync(exception.ToString()).ConfigureAwait(false);
            throw;
        }
        finally
        {
            context.Response.Close();
        }
    }

    /// <summary>The tests' clients are the only ones: a token needs no protection.</summary>
    private sealed class EncodedTokens : IProtectedData
    {
        public string Protect(string data, string purpose)
        {
            return Convert.ToBase64String(Encoding.UTF8.GetBytes(data));
        }

        public string Unprotect(string protectedValue, string purpose)
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(protectedValue));
        }
    }
}
