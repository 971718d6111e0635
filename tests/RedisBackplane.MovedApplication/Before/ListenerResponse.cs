using System;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNet.SignalR.Hosting;

namespace RedisBackplane.MovedApplication;

/// <summary>SignalR's view of a response of an <see cref="HttpListener"/>, which sends everything at once.</summary>
internal sealed class ListenerResponse : IResponse
{
    private readonly HttpListenerResponse _response;

    public ListenerResponse(HttpListenerResponse response)
    {
        _response = response;
        _response.SendChunked = true;
    }

    public CancellationToken CancellationToken
    {
        get { return CancellationToken.None; }
    }

    public int StatusCode
    {
        get { return _response.StatusCode; }
        set { _response.StatusCode = value; }
    }

    public string ContentType
    {
        get { return _response.ContentType; }
        set { _response.ContentType = value; }
    }

    public void Write(ArraySegment<byte> data)
    {
        _response.OutputStream.Write(data.Array, data.Offset, data.Count);
    }

    public Task Flush()
    {
        return _response.OutputStream.FlushAsync();
    }
}
