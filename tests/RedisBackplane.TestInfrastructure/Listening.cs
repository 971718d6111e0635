namespace RedisBackplane.TestInfrastructure;

internal static class Listening
{
    /// <summary>Passes on each client that connects, until the listener is stopped.</summary>
    public static async Task ForEachClientAsync(this TcpListener listener, Action<TcpClient> take)
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // The listener was stopped.
                return;
            }

            take(client);
        }
    }
}
