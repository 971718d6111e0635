namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// Accepts TCP clients on a loopback port until it is disposed. No call is pending when the port is closed: on Mono,
/// such a call may never end, and the port may stay open. Thread-safe.
/// </summary>
internal sealed class ClientListener : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(10);

    private readonly TcpListener _listener;
    private readonly Action<TcpClient> _accept;
    private readonly Thread _accepting;
    private volatile bool _isStopped;

    /// <param name="accept">Takes each client. It must not wait.</param>
    public ClientListener(int port, Action<TcpClient> accept)
    {
        (_listener, _accept) = (new TcpListener(IPAddress.Loopback, port), accept);
        _listener.Start();
        _accepting = new Thread(AcceptAll) { IsBackground = true, Name = nameof(ClientListener) };
        _accepting.Start();
    }

    /// <summary>Refuses clients from now on. No client is accepted after that.</summary>
    public void Dispose()
    {
        _isStopped = true;
        _accepting.Join();
        ChildProcess.WhileNoneStarts(_listener.Stop);
    }

    private void AcceptAll()
    {
        while (!_isStopped)
        {
            try
            {
                if (_listener.Server.Poll((int)(LongestWait.TotalMilliseconds * 1000), SelectMode.SelectRead))
                {
                    _accept(_listener.AcceptTcpClient());
                }
            }
            catch (SocketException)
            {
                // The client has closed already.
            }
        }
    }
}
