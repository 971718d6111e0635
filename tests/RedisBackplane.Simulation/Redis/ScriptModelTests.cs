using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Simulation.World;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>The same random calls run on a script's model and on a real server: Redis or Garnet.</summary>
public sealed partial class ScriptModelTests
{
    // Above the clock: ids leap from here. Below the clock, they start at the clock.
    private const long HighCounter = 5_000_000_000_000_000;
    private const long HighSegment = 3_000_000_000;

    private IDatabase _real = null!;

    public static TheoryData<ulong> Seeds => [1, 2, 3, 4, 17];

    [RedisTheory]
    [MemberData(nameof(Seeds))]
    public async Task Scripts_RandomCalls_ModelRepliesAndStoresAsRedisDoes(ulong seed) =>
        await CompareAsync(seed, (await RedisTestServer.GetSharedAsync()).ConnectionString, hasSharded: true);

    // Garnet has no sharded channels. Nothing else may differ from Redis.
    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Scripts_RandomCalls_ModelRepliesAndStoresAsGarnetDoes(ulong seed)
    {
        using var garnet = new EmbeddedGarnet();
        garnet.Start();
        await CompareAsync(seed, garnet.ConnectionString, hasSharded: false);
    }

    private async Task CompareAsync(ulong seed, string server, bool hasSharded)
    {
        // Garnet runs in this process, beside simulated farms that take every core.
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server + ",asyncTimeout=60000,connectTimeout=60000");
        _real = connection.GetDatabase();
        var chance = new Chance(seed);
        var names = new RedisNames(AppNames.Unique(), 0);
        var host = new Host { RunId = RunIdOf(await _real.ExecuteAsync("INFO", "server")), HasSharded = hasSharded };
        var model = new Keyspace();
        var heard = new ConcurrentQueue<byte[]>();
        (await connection.GetSubscriber().SubscribeAsync(names.Channel)).OnMessage(message => heard.Enqueue(message.Message!));
        var (segmentBytes, segments) = chance.Of([(4032L, 16L), (960L, 4L)]);
        var numbers = new long[2];
        var epoch = string.Empty;

        for (var step = 0; step < 250; step++)
        {
            var time = (RedisResult[])(await _real.ExecuteAsync("TIME"))!;
            host.Microseconds = ((long)time[0] * 1_000_000) + (long)time[1];
            model.Now = host.Microseconds / 1000;
            var what = "nothing";
            if (chance.Is(0.1))
            {
                what = await DamageAsync(chance, names, model, segmentBytes);
            }
            else
            {
                var (text, keys, arguments) = NextCall(chance, names, segmentBytes, segments, numbers, epoch);
                var (timed, withTime) = At(host.Microseconds, text, arguments);
                var (expected, expectedError) = await RunAsync(() => _real.ScriptEvaluateAsync(timed, keys, withTime));
                var (actual, actualError) = RunModel(text, model, host, keys, arguments);
                what = $"seed {seed}, step {step}: {ScriptModels.Find(text).Name} {string.Join(' ', arguments.Select(Shown))}";
                Assert.True(
                    expected == actual && WordOf(expectedError) == WordOf(actualError),
                    $"{what}: the server said {expected}{expectedError}, the model {actual}{actualError}");
            }

            if (model.IsString(names.Server!) && (string?)await _real.StringGetAsync(names.Server) is { } named)
            {
                epoch = named;
            }

            await CompareKeysAsync(names, model, $"seed {seed}, step {step}, after {what}");
        }

        await Eventually.BecomesTrueAsync(() => heard.Count == host.Published.Count, "all payloads are heard");
        Assert.Equal(host.Published, heard);
    }

    [GeneratedRegex(@"run_id:(\w+)")]
    private static partial Regex RunId();

    private static string RunIdOf(RedisResult info) => RunId().Match((string)info!).Groups[1].Value;

    // Redis adds the place in the script to some errors, but they begin alike. Of errors of Lua, the model only says
    // that they are errors.
    private static string WordOf(string? error) =>
        error?.Split(' ')[0] is { } word ? (word == "ERR" && IsOfLua(error) ? "Lua" : word) : string.Empty;

    private static bool IsOfLua(string error) => error.Contains("compare nil", StringComparison.Ordinal);

    private static string Shown(RedisValue value) => value.Length() > 40 ? $"[{value.Length()} bytes]" : value.ToString();

    private static (string Text, RedisKey[] Keys, RedisValue[] Arguments) NextCall(
        Chance chance, RedisNames names, long segmentBytes, long segments, long[] numbers, string epoch)
    {
        var kind = chance.Between(0, 9);
        if (kind == 0)
        {
            return Call(RecognizeScript.Text, [names.Counter, names.Server, names.ChannelKind], new()
            {
                ["wantsSharded"] = chance.Is(0.5) ? 1 : 0,
                ["floor"] = chance.Of([0, 0, 100, HighCounter]) + (chance.Between(0, 20) * 100_000),
            });
        }

        if (kind == 1)
        {
            return Call(JoinFarmScript.Text, [names.Farm], new()
            {
                ["id"] = "machine:1/" + chance.Between(1, 4),
                ["sends"] = chance.Between(1, 3),
                ["reads"] = chance.Between(0, 3),
                ["place"] = chance.Of(["1/1", "1/2"]),
                ["alive"] = chance.Of([0, 10_000]),
                ["remember"] = 600_000,
            });
        }

        var publisher = chance.Between(0, 1);
        var number = numbers[publisher] + chance.Of([1, 1, 1, 1, 1, 0, 2]);
        var oldest = chance.Is(0.8) ? number : Math.Max(1, number - chance.Between(0, 3));
        numbers[publisher] = Math.Max(numbers[publisher], number);
        var frame = new byte[chance.Of([40, 200, 900, 5000, (int)(segmentBytes * segments) + 100])];
        for (var i = 0; i < frame.Length; i++)
        {
            frame[i] = (byte)chance.Next();
        }

        return Call(PublishScript.Text, [names.Counter, names.Key("publisher:" + publisher), names.Log, names.Server], new()
        {
            ["isUnproven"] = chance.Is(0.5) ? 1 : 0,
            ["epoch"] = chance.Is(0.9) ? epoch : chance.Of(["another:1", "another:5100000000000000:1"]),
            ["channel"] = (string)names.Channel!,
            ["magic"] = new byte[] { 82, 66, 80, 2 },
            ["floor"] = chance.Of([0, 100, HighCounter]) + (chance.Between(0, 20) * 100_000),
            ["count"] = chance.Is(0.05) ? 0 : chance.Between(1, 5),
            ["number"] = number,
            ["oldest"] = oldest,
            ["claim"] = chance.Is(0.8) ? 0 : number - 1,
            ["publisherTtl"] = 600_000,
            ["segmentBytes"] = segmentBytes,
            ["segments"] = segments,
            ["historyTtl"] = chance.Of([600_000, 1_200_000]),
            ["highestSegment"] = HighSegment + chance.Between(0, 5),
            ["frame"] = frame,
            ["isApart"] = chance.Is(0.2) ? 1 : 0,
            ["renews"] = chance.Is(0.3) ? 1 : 0,
            ["publish"] = "PUBLISH",
        });
    }

    private static (string Text, RedisKey[] Keys, RedisValue[] Arguments) Call(
        string text, RedisKey[] keys, Dictionary<string, RedisValue> arguments) =>
        (text, keys, ScriptModels.Find(text).Inputs.InOrder(arguments));

    // Ids and epochs depend on the clock. The script gets the clock of the model, as two more arguments: a new text for
    // each call would have to be compiled.
    private static (string Text, RedisValue[] Arguments) At(long microseconds, string text, RedisValue[] arguments)
    {
        var (seconds, rest) = Math.DivRem(microseconds, 1_000_000);
        var time = FormattableString.Invariant($"{{ARGV[{arguments.Length + 1}], ARGV[{arguments.Length + 2}]}}");
        var timed = text
            .Replace("redis.call('TIME')", time, StringComparison.Ordinal)
            .Replace("try('TIME')", time, StringComparison.Ordinal);
        return (timed, [.. arguments, seconds, rest]);
    }

    private static async Task<(string? Reply, string? Error)> RunAsync(Func<Task<RedisResult>> call)
    {
        try
        {
            return (string.Join(", ", ((RedisValue[])(await call())!).Select(static value => value.ToString())), null);
        }
        catch (RedisServerException exception)
        {
            return (null, exception.Message);
        }
    }

    private static (string? Reply, string? Error) RunModel(
        string text, Keyspace model, Host host, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            var script = ModelledScript.Of(text);
            return (string.Join(", ", script.Run(model, host, script.Bind(keys, arguments))), null);
        }
        catch (RedisServerException exception)
        {
            return (null, exception.Message);
        }
    }

    private async Task<string> DamageAsync(Chance chance, RedisNames names, Keyspace model, long segmentBytes)
    {
        RedisKey[] keys =
        [
            names.Counter, names.Log, names.Server, names.Farm, names.ChannelKind, names.Key("publisher:0"), .. SegmentsOf(model),
        ];
        var key = chance.Of(keys);
        switch (chance.Between(0, 4))
        {
            case 0 when key != names.Server:
                await _real.KeyDeleteAsync(key);
                await _real.ListRightPushAsync(key, "x");
                model.SetList(key!);
                return $"a list at {key}";
            case 1 when key == names.Counter || key == names.Key("publisher:0"):
                var text = key == names.Counter ? "no number" : chance.Of(["no number", "5.0", "007", "-3"]);
                await _real.StringSetAsync(key, text);
                model.Set(key!, text);
                return $"'{text}' at {key}";
            case 2 when key == names.Log:
                var bytes = new byte[chance.Of([16, 16, 9])];
                bytes[1] = (byte)chance.Next();
                await _real.StringSetAsync(key, bytes);
                model.Set(key!, bytes);
                return $"bytes at {key}";
            case 3 when key.ToString().Contains(":log:", StringComparison.Ordinal):
                var cut = new byte[chance.Between(1, (int)segmentBytes)];
                await _real.StringSetAsync(key, cut);
                model.Set(key!, cut);
                return $"{cut.Length} bytes at {key}";
            default:
                await _real.KeyDeleteAsync(key);
                model.Delete(key!);
                return $"no {key}";
        }
    }

    private static IEnumerable<RedisKey> SegmentsOf(Keyspace model) =>
        model.Names.Where(static name => name.Contains(":log:", StringComparison.Ordinal)).Select(static name => (RedisKey)name);

    private async Task CompareKeysAsync(RedisNames names, Keyspace model, string when)
    {
        var prefix = names.Key(string.Empty).ToString();
        var found = (RedisKey[])(await _real.ExecuteAsync("KEYS", prefix.Replace("[", "\\[", StringComparison.Ordinal) + "*"))!;
        Assert.Equal(
            model.Names.Where(name => model.TimeToLive(name) != -2).Order(StringComparer.Ordinal),
            found.Select(static key => key.ToString()).Order(StringComparer.Ordinal));
        await Task.WhenAll(found.Select(key => CompareKeyAsync(key, key == names.Farm, model, when)));
    }

    private async Task CompareKeyAsync(RedisKey key, bool isFarm, Keyspace model, string when)
    {
        var (type, expiry) = (_real.KeyTypeAsync(key), _real.KeyTimeToLiveAsync(key));
        var (isString, expires) = (await type == RedisType.String, await expiry);
        Assert.True(isString == model.IsString(key!), $"{when}: the type of {key}");
        var (real, modelled) = ((long?)expires?.TotalMilliseconds ?? -1, model.TimeToLive(key!));
        Assert.True(Math.Abs(real - modelled) < 30_000, $"{when}: {key} lives for {real} ms, in the model for {modelled}");
        if (isString)
        {
            var (stored, expected) = ((byte[])(await _real.StringGetAsync(key))!, model.Get(key!)!);
            Assert.True(
                isFarm ? WithoutTimes(stored) == WithoutTimes(expected) : stored.AsSpan().SequenceEqual(expected),
                $"{when}: the value of {key}");
        }
    }

    private static string WithoutTimes(byte[] farm) => string.Join(
        '\n',
        Encoding.ASCII.GetString(farm)
            .Split('\n')
            .Select(static line => line[..Math.Max(0, line.LastIndexOf(' '))])
            .Order(StringComparer.Ordinal));

    private sealed class Host : IScriptHost
    {
        public long Microseconds { get; set; }

        public required string RunId { get; init; }

        public required bool HasSharded { get; init; }

        public List<byte[]> Published { get; } = [];

        public void Publish(string channel, byte[] payload, bool isSharded) => Published.Add(payload);
    }
}
