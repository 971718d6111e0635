using System.Reflection;
using System.Text.RegularExpressions;

namespace RedisBackplane.Tests.Redis.Scripts;

/// <summary>Inputs of a script have the same names and places in its <c>.lua</c> file and in its caller.</summary>
public sealed class ScriptInputsTests
{
    private static readonly Regex Binding = new(@"^local (\w+) = .*?\b(KEYS|ARGV)\[(\d+)\]", RegexOptions.Multiline);

    private static readonly IReadOnlyList<Type> Callers = [.. typeof(ScriptText).Assembly.GetTypes()
        .Where(type => !type.IsNested && type.GetField("Text", BindingFlags.Static | BindingFlags.Public) is not null)];

    public static TheoryData<string> Scripts => new(typeof(ScriptText).Assembly.GetManifestResourceNames()
        .Where(name => name.EndsWith(".lua", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Inputs_Script_AreThoseOfTheTypeThatCallsIt(string name)
    {
        if (name is "batch_inputs.lua")
        {
            // The scripts that include it are checked as a whole.
            Assert.NotEmpty(NamesIn(name, "ARGV"));
            return;
        }

        if (name is "fence.lua" or "batch_turn.lua" or "append_history.lua" or "legacy_ids.lua")
        {
            Assert.DoesNotMatch("KEYS|ARGV", Code(name));
            return;
        }

        var caller = Assert.Single(Callers, type => (string)type.GetField("Text")!.GetValue(null)! == ScriptText.Load(name));
        Assert.Equal(NamesIn(name, "KEYS"), NamesOf<RedisKey>(caller, "Keys").Select(key => Camel(key) + "Key"));
        Assert.Equal(NamesIn(name, "ARGV"), NamesOf<RedisValue>(caller, "Arguments").Select(Camel));
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Inputs_Script_AreCalledByTheirNamesBehindTheFirstLines(string name)
    {
        var code = Code(name);
        var head = Binding.Matches(code).Cast<Match>().LastOrDefault();
        var behind = head is null ? code : code.Substring(head.Index + head.Length);

        // The lines after the named arguments name those that may follow in any number.
        var leading = FormattableString.Invariant($"\nlocal leading = {NamesIn(name, "ARGV").Count}\n");
        Assert.Equal(code.Contains("leading"), code.Contains(leading));
        behind = behind.Replace("local count = #ARGV - leading\nlocal function payload(i) return ARGV[leading + i] end\n", string.Empty);
        Assert.DoesNotMatch("KEYS|ARGV", behind);
    }

    private static string Code(string name) => ScriptText.Load(name);

    /// <summary>The names of the first lines, numbered from 1.</summary>
    private static List<string> NamesIn(string script, string table)
    {
        var bindings = Binding.Matches(Code(script)).Cast<Match>().Where(match => match.Groups[2].Value == table).ToList();
        Assert.Equal(Enumerable.Range(1, bindings.Count), bindings.Select(match => int.Parse(match.Groups[3].Value, null)));
        return [.. bindings.Select(match => match.Groups[1].Value)];
    }

    /// <summary>The names of the properties, in the order in which the script gets their values.</summary>
    private static IEnumerable<string> NamesOf<T>(Type caller, string what)
    {
        if (caller.GetNestedType(what, BindingFlags.NonPublic) is not { } type)
        {
            return [];
        }

        return ((T[])type.GetMethod("InOrder")!.Invoke(FilledWithNames(type), null)!).Select(value => value!.ToString()!);
    }

    private static object FilledWithNames(Type type)
    {
        var inputs = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties())
        {
            property.SetValue(
                inputs,
                property.PropertyType == typeof(RedisKey) ? (RedisKey)property.Name
                    : property.PropertyType == typeof(RedisValue) ? (RedisValue)property.Name
                    : FilledWithNames(property.PropertyType));
        }

        return inputs;
    }

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name.Substring(1);
}
