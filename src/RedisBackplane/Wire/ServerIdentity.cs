using System.Diagnostics;
using System.Globalization;

namespace RedisBackplane.Wire;

/// <summary>
/// Identifies one bus instance for its lifetime: for people, for the other servers of the farm, and in the publisher
/// ids of its streams.
/// </summary>
/// <param name="Name">Where it runs: <c>machine:process</c>; not unique.</param>
/// <param name="Number">A random number, the first half of its publisher ids.</param>
internal sealed record ServerIdentity(string Name, ulong Number)
{
    private const int MaxMachineLength = 48;

    public static ServerIdentity Create()
    {
        using var process = Process.GetCurrentProcess();
        return new(NameOf(Environment.MachineName, process.Id), PublisherId.Random());
    }

    /// <summary>A name without characters that would break a line of the farm's key, or a terminal.</summary>
    public static string NameOf(string machine, int process)
    {
        var letters = machine.Take(MaxMachineLength).Select(letter => IsPlain(letter) ? letter : '-');
        return string.Concat(letters) + ":" + process.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The text in the farm's key: name, slash, 16 hexadecimal digits.</summary>
    public override string ToString() => Name + "/" + Number.ToString("x16", CultureInfo.InvariantCulture);

    private static bool IsPlain(char letter) =>
        letter is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '.' or '_' or '-';
}
