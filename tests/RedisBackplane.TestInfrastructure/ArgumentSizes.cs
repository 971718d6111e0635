namespace RedisBackplane.TestInfrastructure;

/// <summary>Reads the lengths of arguments (<c>$LENGTH</c>) in a Redis client's bytes, chunk by chunk.</summary>
internal sealed class ArgumentSizes
{
    private bool _isAtStart = true;
    private bool _isLength;
    private long _length;
    private byte _last;

    /// <summary>Whether an argument larger than a limit begins in these bytes.</summary>
    public bool Exceed(long limit, byte[] bytes, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var next = bytes[i];
            if (_isLength && next is >= (byte)'0' and <= (byte)'9')
            {
                _length = (_length * 10) + (next - '0');
                if (_length > limit)
                {
                    return true;
                }
            }
            else
            {
                _isLength = _isAtStart && next == '$';
                _length = 0;
            }

            _isAtStart = _last == '\r' && next == '\n';
            _last = next;
        }

        return false;
    }
}
