using System.Globalization;
using Newtonsoft.Json.Linq;

namespace RedisBackplane.AspNetCore.Tests.TestHubs;

/// <summary>Methods with every kind of parameter, result and failure. An answer depends on the call alone.</summary>
[HubName("odd")]
public sealed class OddHub : Hub
{
    public string Echo(string text) => text;

    public object EchoAny(object value) => value;

    public int Add(int left, int right) => left + right;

    public long TakeLong(long value) => value;

    public double TakeDouble(double value) => value;

    public float TakeFloat(float value) => value;

    public decimal TakeDecimal(decimal value) => value;

    public bool Not(bool value) => !value;

    public bool? Maybe(bool? value) => value;

    public int? Number(int? value) => value;

    public char Letter(char value) => value;

    public byte[] Bytes(byte[] value) => value;

    public DateTime Date(DateTime value) => value;

    public DateTimeOffset Offset(DateTimeOffset value) => value;

    public Guid TakeGuid(Guid value) => value;

    public TimeSpan Span(TimeSpan value) => value;

    public DayOfWeek Day(DayOfWeek value) => value;

    public Uri Uri(Uri value) => value;

    public int[] Numbers(int[] values) => values;

    public List<string> Texts(List<string> values) => values;

    public Dictionary<string, decimal> Prices(Dictionary<string, decimal> values) => values;

    public OddPoint Point(OddPoint value) => value;

    public JToken Token(JToken value) => value;

    public JObject TakeObject(JObject value) => value;

    public dynamic Dynamic(dynamic value) => value;

    public string Many(int first, string second, bool third, double fourth, OddPoint fifth) =>
        $"{first} {second} {third} {fourth} {fifth?.Name}";

    public string Optional(string first, string second = "none") => $"{first} {second}";

    public string Params(params string[] values) => string.Join(' ', values);

    public string Over(int first) => $"one {first}";

    public string Over(int first, int second) => $"two {first} {second}";

    public string Same(int value) => $"number {value}";

    public string Same(string value) => $"text {value}";

    [HubMethodName("renamed")]
    public string Original() => "renamed";

    [Authorize]
    public string Secret() => "secret";

    public void SetCulture(string name) => CultureInfo.CurrentCulture = new(name);

    public string Culture() => CultureInfo.CurrentCulture.Name;

    public void Void()
    {
    }

    public string? NoText() => null;

    public object Anonymous() => new { name = "ünï ✓ \u2028 \" \\ / <>&'", nested = new { list = new object?[] { 1, 2.50, null, "x" } } };

    public object Primitive(int which) => which switch
    {
        0 => 1.0,
        1 => double.NaN,
        2 => 12.50m,
        3 => 'x',
        4 => ulong.MaxValue,
        5 => (short)5,
        6 => new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        7 => "\u0000\u001f\u0085\u2028\u2029\ud83d\ude00\"\\/'",
        8 => "\ud800 alone",
        9 => true,
        10 => long.MinValue,
        _ => int.MinValue,
    };

    public IEnumerable<int> Lazily()
    {
        yield return 1;
        yield return 2;
    }

    public Task Done() => Task.CompletedTask;

    public async Task Later() => await Task.Yield();

    public Task<string> TextDone() => Task.FromResult("done");

    public async Task<string> TextLater(string text)
    {
        await Task.Yield();
        return text;
    }

    public Task Hidden() => Task.FromResult("hidden");

    public object TaskAsObject() => Task.CompletedTask.IsCompleted;

    public Task<object> Boxed() => Task.FromResult<object>(5);

    public Task<int?> NullableLater() => Task.FromResult<int?>(null);

    public Task<Task<int>> Nested() => Task.FromResult(Task.FromResult(1));

    public ValueTask<int> Value() => new(5);

    public Task NullTask() => null!;

    public Task<string> NullTaskOfText() => null!;

    public Task Cancelled() => Task.FromCanceled(new CancellationToken(true));

    public Task<int> CancelledNumber() => Task.FromCanceled<int>(new CancellationToken(true));

    public async Task CancelledLater()
    {
        await Task.Yield();
        throw new OperationCanceledException("later");
    }

    public void Throw(string message) => throw new InvalidOperationException(message);

    public void ThrowCancelled() => throw new OperationCanceledException("at once");

    public void ThrowMany() =>
        throw new AggregateException("many", new InvalidOperationException("first"), new ArgumentException("second"));

    public void ThrowHub() => throw new HubException("told", new { code = 7, text = "ü" });

    public void ThrowHubAlone() => throw new HubException("told alone");

    public void ThrowWrapped() => throw new InvalidOperationException("outer", new HubException("inner"));

    public async Task<int> ThrowHubLater()
    {
        await Task.Yield();
        throw new HubException("told later", 5);
    }

    public Task FailedTwice() =>
        Task.WhenAll(Task.FromException(new InvalidOperationException("one")), Task.FromException(new HubException("two")));

    public Task<string> FailedText() => Task.FromException<string>(new HubException("text failed"));

    public void Remember(string value) => Clients.Caller.remembered = value;

    public string? Recall() => Clients.Caller.remembered;

    public void Count() => Clients.CallerState.count = (int)(Clients.CallerState.count ?? 0) + 1;

    public async Task Call(string text)
    {
        await Clients.Caller.hear(text, 1, new { a = 1 });
        Clients.Caller.seen = text;
        await Clients.Caller.hear("again");
    }

    public Task All(string text) => Clients.All.hear(text);

    public Task Others(string text) => Clients.Others.hear(text);

    public Task Self(string text) => Clients.Client(Context.ConnectionId).hear(text);

    public Task NotSelf(string text) => Clients.AllExcept(Context.ConnectionId).hear(text);

    public async Task Group(string name, string text)
    {
        await Groups.Add(Context.ConnectionId, name);
        await Clients.Group(name).hear(text);
        await Clients.OthersInGroup(name).hear("not " + text);
        await Groups.Remove(Context.ConnectionId, name);
        await Clients.Groups([name]).hear("gone");
    }

    public string Context1() => $"{Context.QueryString["transport"]} {Context.Request.LocalPath}";

    public async Task<string> Work(int steps, IProgress<int> progress)
    {
        for (var step = 0; step < steps; step++)
        {
            progress.Report(step);
            await Task.Yield();
        }

        return "worked";
    }

    public string Ping() => "pong";

    public sealed class OddPoint
    {
        public double X { get; set; }

        public decimal Y { get; set; }

        public string? Name { get; set; }

        public DateTime? At { get; set; }

        public OddPoint[]? Next { get; set; }
    }
}
