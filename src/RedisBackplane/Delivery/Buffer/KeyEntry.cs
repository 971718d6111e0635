using RedisBackplane.Delivery.Subscriptions;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// A key that a subscription of this server follows or has recently followed: its subscriptions, and the places of its
/// messages. Data of the <see cref="StreamBuffer"/>.
/// </summary>
internal sealed class KeyEntry(string key, byte[] utf8, uint hash)
{
    // Never changes: it is not returned for a change.
    private static readonly Ring<MessageLocation> None = new();

    private KeyLinks _links;
    private Ring<MessageLocation>? _messages;

    public string Key { get; } = key;

    public byte[] Utf8 { get; } = utf8;

    public uint Hash { get; } = hash;

    /// <summary>The next key in the same bucket of <see cref="KeyTable"/>.</summary>
    public KeyEntry? Next { get; set; }

    /// <summary>How many subscriptions follow it.</summary>
    public int Followers => _links.Count;

    /// <summary>
    /// The key's messages that are in the index and in the buffer, in id order. To add one, use
    /// <see cref="MessagesToAddTo"/>.
    /// </summary>
    public Ring<MessageLocation> Messages => _messages ?? None;

    /// <summary>The same. Few keys of idle connections have messages, and the others need no ring.</summary>
    public Ring<MessageLocation> MessagesToAddTo => _messages ??= new();

    /// <summary>
    /// Every message of the key with a higher id is in <see cref="Messages"/>: it was added when it arrived, or by a
    /// backfill, and has not been dropped.
    /// </summary>
    public ulong CompleteAfter { get; set; }

    /// <summary>
    /// The first id of the last frame that contained a message of the key. It ensures that each frame counts once.
    /// </summary>
    public ulong LastFrame { get; set; }

    /// <summary>The search for older messages that waits or is running; null if there is none.</summary>
    public Backfill? Backfill { get; set; }

    /// <summary>When it leaves the index unless it is followed again, as a timestamp of the time provider.</summary>
    public long LingersUntil { get; set; }

    public bool IsInLingerQueue { get; set; }

    public bool IsRemoved { get; set; }

    public void Add(KeyLink link) => _links.Add(link);

    /// <summary>A link of this key is no longer one.</summary>
    public void Remove(KeyLink link) => _links.Remove(link);

    public void AddFollowers(List<BackplaneSubscription> to)
    {
        for (var i = 0; i < _links.Count; i++)
        {
            to.Add(_links[i].Position.Subscription);
        }
    }

    /// <summary>Removes all messages.</summary>
    public void ClearMessages() => _messages = null;

    /// <inheritdoc cref="SubscriptionPosition.Notify"/>
    public void Notify(ulong watermark, ulong lastId, List<BackplaneSubscription> toWake)
    {
        for (var i = 0; i < _links.Count; i++)
        {
            var link = _links[i];
            if (link.Position.Notify(link, watermark, lastId))
            {
                toWake.Add(link.Position.Subscription);
            }
        }
    }

    /// <summary>
    /// The only check for messages of the key that a position needs and the buffer's index does not have. They are
    /// searched for, or they are lost.
    /// </summary>
    public bool IsTooOld(ulong place) => CompleteAfter > place;

    /// <summary>The first of <see cref="Messages"/> with a higher id; their number if there is none.</summary>
    public int FirstAfter(ulong id) => Messages.FirstPast(id, static (in MessageLocation message, ulong id) => message.Id > id);
}
