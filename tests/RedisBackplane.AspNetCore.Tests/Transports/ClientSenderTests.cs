using System.Net.WebSockets;
using Microsoft.Extensions.Time.Testing;
using RedisBackplane.AspNetCore.Transports;

namespace RedisBackplane.AspNetCore.Tests.Transports;

public sealed class ClientSenderTests
{
    private readonly SlowSocket _socket = new();
    private readonly Failures _failures = [];
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task SendAsync_WhileAMessageIsUnderWay_WaitsAndKeepsTheOrder()
    {
        var sender = Sender();

        var first = sender.SendAsync("first"u8.ToArray());
        var second = sender.SendAsync("second"u8.ToArray());
        var closed = sender.CloseAsync();

        Assert.Equal(["first"], _socket.Begun);
        Assert.False(second.IsCompleted);
        _socket.LetGo();
        await Task.WhenAll(first, second, closed).WaitAsync(Wait.Limit);
        Assert.Equal(["first", "second", "close"], _socket.Begun);
        Assert.False(sender.IsSending);
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task SendAsync_ToAClientThatTakesNothing_CutsItOffAtTheBound()
    {
        var sender = Sender();
        var large = new byte[ClientSender.MaxWaitingBytes / 4];
        var sent = new List<Task> { sender.SendAsync("under way"u8.ToArray()) };

        for (var i = 0; i < 5; i++)
        {
            sent.Add(sender.SendAsync(large));
        }

        await Task.WhenAll(sent).WaitAsync(Wait.Limit);
        Assert.Equal(WebSocketState.Aborted, _socket.State);
        Assert.Contains(_failures, failure => failure.Message.Contains("takes too little", StringComparison.Ordinal));
    }

    /// <summary>An answer to a call holds far more than its bytes.</summary>
    [Fact]
    public async Task SendAsync_ManySmallMessagesToAClientThatTakesNothing_CutsItOffToo()
    {
        var sender = Sender();
        var sent = Enumerable.Range(0, 100_000).Select(_ => sender.SendAsync("x"u8.ToArray())).ToList();

        await Task.WhenAll(sent).WaitAsync(Wait.Limit);

        Assert.Equal(WebSocketState.Aborted, _socket.State);
    }

    [Fact]
    public async Task SendAsync_ToAClientThatTakesAMessageTooSlowly_CutsItOffInTime()
    {
        var sender = Sender();
        var sending = sender.SendAsync("first"u8.ToArray());

        _time.Advance(ClientSender.Patience - TimeSpan.FromSeconds(1));
        Assert.Equal(WebSocketState.Open, _socket.State);
        _time.Advance(TimeSpan.FromSeconds(1));

        await sending.WaitAsync(Wait.Limit);
        Assert.Equal(WebSocketState.Aborted, _socket.State);
        Assert.IsType<TimeoutException>(Assert.Single(_failures));
    }

    [Fact]
    public async Task SendAsync_OverABrokenSocket_EndsWithoutFailing()
    {
        var sender = Sender();
        var first = sender.SendAsync("first"u8.ToArray());

        _socket.Abort();

        await first.WaitAsync(Wait.Limit);
        await sender.SendAsync("second"u8.ToArray()).WaitAsync(Wait.Limit);
        Assert.Equal(2, _failures.Count);
    }

    private ClientSender Sender() => new(new SocketOutlet(_socket), _failures, _time);

    private sealed class Failures : List<Exception>, ISenderOwner
    {
        public void OnSendFailed(Exception exception) => Add(exception);
    }

    /// <summary>A socket whose client reads nothing until it is released.</summary>
    private sealed class SlowSocket : WebSocket
    {
        private readonly TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private WebSocketState _state = WebSocketState.Open;

        public List<string> Begun { get; } = [];

        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => _state;

        public override string? SubProtocol => null;

        public void LetGo() => _room.TrySetResult();

        public override void Abort()
        {
            _state = WebSocketState.Aborted;
            _room.TrySetException(new WebSocketException("aborted"));
        }

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
            CloseOutputAsync(closeStatus, statusDescription, cancellationToken);

        public override Task CloseOutputAsync(
            WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
        {
            Begun.Add("close");
            return _room.Task;
        }

        public override void Dispose()
        {
        }

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public override Task SendAsync(
            ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
        {
            Begun.Add(Encoding.UTF8.GetString(buffer));
            return _room.Task;
        }
    }
}
