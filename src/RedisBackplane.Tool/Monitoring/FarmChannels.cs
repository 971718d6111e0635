using RedisBackplane.Redis.Stream;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Monitoring;

/// <summary>
/// The subscriptions to the channels of a farm. Servers that start later may add streams, and may choose another kind
/// of channel. They end with the connection. Not thread-safe.
/// </summary>
/// <param name="onPayload">
/// Receives each payload with its stream and the assembly of its channel. Called on several threads.
/// </param>
internal sealed class FarmChannels(FarmAddress farm, IConnectionMultiplexer connection, Action<int, FrameAssembly, byte[]> onPayload)
{
    private readonly Dictionary<(int Stream, bool IsSharded), ChannelMessageQueue> _queues = [];

    /// <summary>
    /// Subscribes to the channels that the farm uses now, and no longer to those of a kind that it does not use.
    /// </summary>
    /// <returns>The channels that are new.</returns>
    public async Task<IReadOnlyList<RedisChannel>> FollowAsync()
    {
        var layout = await FarmLayout.ReadAsync(connection.GetDatabase(farm.Database), farm);
        var added = new List<RedisChannel>();
        for (var stream = 0; stream < layout.Streams; stream++)
        {
            var channels = await farm.FindChannelsAsync(connection, stream);
            foreach (var channel in channels)
            {
                if (!_queues.ContainsKey((stream, channel.IsSharded)))
                {
                    _queues.Add((stream, channel.IsSharded), await SubscribeAsync(stream, channel));
                    added.Add(channel);
                }
            }

            var unused = _queues.Keys.Where(key => key.Stream == stream && channels.All(channel => channel.IsSharded != key.IsSharded));
            foreach (var key in unused.ToList())
            {
                _queues.Remove(key, out var queue);
                await queue!.UnsubscribeAsync();
            }
        }

        return added;
    }

    private async Task<ChannelMessageQueue> SubscribeAsync(int stream, RedisChannel channel)
    {
        var assembly = StreamFormats.CreateAssembly();
        var queue = await connection.GetSubscriber().SubscribeAsync(channel);
        queue.OnMessage(message => onPayload(stream, assembly, (byte[]?)message.Message ?? []));
        return queue;
    }
}
