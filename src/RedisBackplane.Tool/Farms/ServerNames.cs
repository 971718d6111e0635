using System.Globalization;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Farms;

/// <summary>
/// The names of a farm's servers, as <c>join_farm.lua</c> stores them. They are read when a publisher is not known, at
/// most every two seconds. A server that has left keeps its name. Not thread-safe.
/// </summary>
internal sealed class ServerNames(Func<Task<string?>> readFarm, TimeProvider time)
{
    private static readonly TimeSpan BetweenReads = TimeSpan.FromSeconds(2);

    private readonly Dictionary<ulong, string> _names = [];
    private long? _lastRead;

    public static ServerNames Of(IDatabase database, FarmAddress farm) =>
        new(async () => await database.StringGetAsync(farm.Names.Farm), TimeProvider.System);

    /// <summary>The name, <c>machine:process</c>; <see langword="null"/> if it is not registered.</summary>
    public async Task<string?> FindAsync(PublisherId publisher)
    {
        if (!_names.ContainsKey(publisher.High) && (_lastRead is null || time.GetElapsedTime(_lastRead.Value) >= BetweenReads))
        {
            _lastRead = time.GetTimestamp();
            await ReadAsync();
        }

        return _names.GetValueOrDefault(publisher.High);
    }

    private async Task ReadAsync()
    {
        string? text;
        try
        {
            text = await readFarm();
        }
        catch (Exception exception) when (exception.IsOfRedis())
        {
            // Without an answer or the right to that key, publishers are shown by their ids.
            return;
        }

        foreach (var id in FarmLayout.ServersIn(text))
        {
            var slash = id.LastIndexOf('/');
            if (slash > 0
                && ulong.TryParse(id.AsSpan(slash + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
            {
                _names[number] = id[..slash];
            }
        }
    }
}
