using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Principal;
using System.Threading.Tasks;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hosting;

namespace RedisBackplane.MovedApplication;

/// <summary>SignalR's view of a request of an <see cref="HttpListener"/>.</summary>
internal sealed class ListenerRequest : IRequest
{
    private readonly HttpListenerRequest _request;
    private Task<INameValueCollection>? _form;

    public ListenerRequest(HttpListenerRequest request)
    {
        _request = request;
        QueryString = new Values(Parse(request.Url.Query.TrimStart('?')));
        Headers = new Values(request.Headers);
    }

    public Uri Url
    {
        get { return _request.Url; }
    }

    public string LocalPath
    {
        get { return _request.Url.AbsolutePath; }
    }

    public INameValueCollection QueryString { get; }

    public INameValueCollection Headers { get; }

    public IDictionary<string, Microsoft.AspNet.SignalR.Cookie> Cookies { get; } =
        new Dictionary<string, Microsoft.AspNet.SignalR.Cookie>();

    public IPrincipal User { get; } = new GenericPrincipal(new GenericIdentity(string.Empty), Array.Empty<string>());

    public IDictionary<string, object> Environment { get; set; } = new Dictionary<string, object>();

    /// <summary>The form. Long polling reads it twice, and a body can be read once.</summary>
    public Task<INameValueCollection> ReadForm()
    {
        return _form ?? (_form = ReadFormAsync());
    }

    private async Task<INameValueCollection> ReadFormAsync()
    {
        using (var reader = new StreamReader(_request.InputStream))
        {
            return new Values(Parse(await reader.ReadToEndAsync().ConfigureAwait(false)));
        }
    }

    private static NameValueCollection Parse(string text)
    {
        var values = new NameValueCollection(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in text.Split(new[] { '&' }, StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split(new[] { '=' }, 2)))
        {
            values.Add(WebUtility.UrlDecode(pair[0]), pair.Length > 1 ? WebUtility.UrlDecode(pair[1]) : string.Empty);
        }

        return values;
    }

    private sealed class Values : INameValueCollection
    {
        private readonly NameValueCollection _values;

        public Values(NameValueCollection values)
        {
            _values = values;
        }

        public string this[string key]
        {
            get { return _values[key]; }
        }

        public IEnumerable<string> GetValues(string key)
        {
            return _values.GetValues(key);
        }

        public string Get(string key)
        {
            return _values[key];
        }

        public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
        {
            return _values.AllKeys.Select(key => new KeyValuePair<string, string>(key, _values[key])).GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }
    }
}
