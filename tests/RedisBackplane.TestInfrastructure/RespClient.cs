using System.Text;

namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// One connection to one server, for the commands of an administrator. It uses exactly this server, whereas
/// StackExchange.Redis chooses one on a cluster. One command at a time.
/// </summary>
internal sealed class RespClient : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly TcpClient _client;
    private readonly NetworkStream _stream;

    private RespClient(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
    }

    public static async Task<RespClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(RedisServerProcess.Host, port).ConfigureAwait(false);
        return new RespClient(client);
    }

    public static async Task<string[]> AskOnceAsync(int port, string command)
    {
        using var client = await ConnectAsync(port).ConfigureAwait(false);
        return await client.AskAsync(command).ConfigureAwait(false);
    }

    /// <summary>Runs a command, in the form of redis-cli. No word may contain a space.</summary>
    /// <returns>The answer, one text for each element; a simple answer is one.</returns>
    /// <exception cref="InvalidOperationException">The server answered with an error.</exception>
    public Task<string[]> AskAsync(string command) =>
        Eventually.CompletesAsync(Task.Run(() => Ask(command)), $"a server answers '{command}'", Bound);

    public void Dispose() => _client.Dispose();

    private string[] Ask(string command)
    {
        var bytes = Encoding.UTF8.GetBytes(command + "\r\n");
        _stream.Write(bytes, 0, bytes.Length);
        return ReadAnswer();
    }

    private string[] ReadAnswer()
    {
        var line = ReadLine();
        var rest = line.Substring(1);
        switch (line[0])
        {
            case '+' or ':':
                return [rest];
            case '$':
                return [ReadBulk(rest)];
            case '*':
                var elements = new List<string>();
                for (var left = int.Parse(rest, CultureInfo.InvariantCulture); left > 0; left--)
                {
                    elements.AddRange(ReadAnswer());
                }

                return [.. elements];
            default:
                throw new InvalidOperationException(rest);
        }
    }

    private string ReadBulk(string length)
    {
        var left = int.Parse(length, CultureInfo.InvariantCulture);
        if (left < 0)
        {
            return string.Empty;
        }

        var bytes = new byte[left + 2];
        for (var read = 0; read < bytes.Length;)
        {
            var some = _stream.Read(bytes, read, bytes.Length - read);
            read += some > 0 ? some : throw new EndOfStreamException("The server closed the connection.");
        }

        return Encoding.UTF8.GetString(bytes, 0, left);
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            var next = _stream.ReadByte();
            switch (next)
            {
                case < 0:
                    throw new EndOfStreamException("The server closed the connection.");
                case '\n':
                    return line.ToString();
                case '\r':
                    break;
                default:
                    line.Append((char)next);
                    break;
            }
        }
    }
}
