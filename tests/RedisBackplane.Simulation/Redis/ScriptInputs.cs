using System.Globalization;
using System.Text.RegularExpressions;
using RedisBackplane.Redis.Scripts;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>The keys and arguments of a call, by the names in the first lines of the script.</summary>
internal sealed partial class ScriptInputs
{
    private readonly Names _names;
    private readonly RedisKey[] _keys;
    private readonly RedisValue[] _arguments;

    private ScriptInputs(Names names, RedisKey[] keys, RedisValue[] arguments) => (_names, _keys, _arguments) = (names, keys, arguments);

    public string Key(string name) => _keys[_names.Keys[name]]!;

    public string Text(string name) => (string?)_arguments[_names.Arguments[name]] ?? string.Empty;

    public long Number(string name) => (long)_arguments[_names.Arguments[name]];

    public bool Flag(string name) => Number(name) == 1;

    public byte[] Bytes(string name) => (byte[])_arguments[_names.Arguments[name]]!;

    [GeneratedRegex(@"^local (\w+) = .*?\b(KEYS|ARGV)\[(\d+)\]", RegexOptions.Multiline)]
    private static partial Regex Input();

    /// <summary>The names of the inputs of one script, and their positions.</summary>
    internal sealed class Names
    {
        public Names(string script)
        {
            foreach (var match in Input().Matches(ScriptText.Source(script)).Cast<Match>())
            {
                var inputs = match.Groups[2].Value == "KEYS" ? Keys : Arguments;
                inputs[match.Groups[1].Value] = int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture) - 1;
            }
        }

        public Dictionary<string, int> Keys { get; } = [];

        public Dictionary<string, int> Arguments { get; } = [];

        /// <summary>Returns the arguments in the order of the script, without those that it does not have.</summary>
        public RedisValue[] InOrder(Dictionary<string, RedisValue> values) =>
            [.. Arguments.OrderBy(static pair => pair.Value).Select(pair => values[pair.Key])];

        public ScriptInputs Of(RedisKey[] keys, RedisValue[] arguments) => new(this, keys, arguments);
    }
}
