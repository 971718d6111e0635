using System.Buffers;
using Newtonsoft.Json;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>Reads characters of an array that it does not own.</summary>
internal sealed class CharacterReader(char[] characters, int count) : TextReader
{
    private int _next;

    public override int Peek() => _next < count ? characters[_next] : -1;

    public override int Read() => _next < count ? characters[_next++] : -1;

    public override int Read(char[] buffer, int index, int length)
    {
        var taken = Math.Min(length, count - _next);
        Array.Copy(characters, _next, buffer, index, taken);
        _next += taken;
        return taken;
    }
}

/// <summary>Makes Newtonsoft use buffers of the shared pool.</summary>
internal sealed class JsonCharacters : IArrayPool<char>
{
    public static readonly JsonCharacters Pool = new();

    public char[] Rent(int minimumLength) => ArrayPool<char>.Shared.Rent(minimumLength);

    public void Return(char[]? array)
    {
        if (array is not null)
        {
            ArrayPool<char>.Shared.Return(array);
        }
    }
}
