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
        await Eventually.BecomesTrueAsync(() => !sender.IsSending, "nothing is being sent", Wait.Limit);
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

    /// <summary>When the client came back, it would get the same message, and be cut off again.</summary>
    [Fact]
    public async Task SendAsync_LargeMessageToAClientThatTakesItSlowly_WaitsForEachPieceAnew()
    {
        var sender = Sender();
        var text = string.Concat(Enumerable.Range(0, 50_000).Select(static i => $"{i},"));
        Assert.Equal(5, 1 + (text.Length / ClientSender.PieceSize));

        var sending = sender.SendAsync(Encoding.ASCII.GetBytes(text));
        var after = sender.SendAsync("after"u8.ToArray());
        for (var piece = 1; piece <= 5; piece++)
        {
            await Eventually.BecomesTrueAsync(() => _socket.Begun.Count == piece, $"piece {piece} is being sent", Wait.Limit);
            _time.Advance(ClientSender.Patience - TimeSpan.FromSeconds(1));
            Assert.False(sending.IsCompleted);
            _socket.LetGoOfOne();
        }

        await sending.WaitAsync(Wait.Limit);
        _socket.LetGo();
        await after.WaitAsync(Wait.Limit);
        Assert.Equal(text, string.Concat(_socket.Begun.Take(5)));
        Assert.Equal([false, false, false, false, true, true], _socket.Ends);
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task SendAsync_LargeMessageToAClientThatKnowsNoFragments_SendsItWholeAndWaitsByItsSize()
    {
        var sender = Sender(takesPieces: false);
        var sending = sender.SendAsync(new byte[10 * 1024 * 1024]);

        _time.Advance(TimeSpan.FromSeconds(30 + 320 - 1));
        Assert.Equal(WebSocketState.Open, _socket.State);
        Assert.Equal([true], _socket.Ends);
        _time.Advance(TimeSpan.FromSeconds(1));

        await sending.WaitAsync(Wait.Limit);
        Assert.Equal(WebSocketState.Aborted, _socket.State);
    }

    [Fact]
    public async Task SendAsync_LargeMessageToAClientThatStopsReading_CutsItOffAtThatPiece()
    {
        var sender = Sender();
        var sending = sender.SendAsync(new byte[4 * ClientSender.PieceSize]);
        _socket.LetGoOfOne();
        await Eventually.BecomesTrueAsync(() => _socket.Begun.Count == 2, "the second piece is being sent", Wait.Limit);

        // The limit begins a moment after the send.
        await Eventually.BecomesTrueAsync(
            () =>
            {
                _time.Advance(ClientSender.Patience);
                return sending.IsCompleted;
            },
            "the client is cut off",
            Wait.Limit);

        Assert.Equal(WebSocketState.Aborted, _socket.State);
        Assert.Equal(2, _socket.Begun.Count);
        Assert.IsType<TimeoutException>(Assert.Single(_failures));
    }

    [Fact]
    public async Task SendAsync_OverABrokenSocket_EndsAndReportsItOnce()
    {
        var sender = Sender();
        var first = sender.SendAsync("first"u8.ToArray());

        _socket.Abort();

        await first.WaitAsync(Wait.Limit);
        await sender.SendAsync("second"u8.ToArray()).WaitAsync(Wait.Limit);
        Assert.Single(_failures);
        Assert.Equal(["first"], _socket.Begun);
    }

    /// <summary>
    /// A middleware's stream may throw anything, and work again afterwards. The client would never ask for the message
    /// that failed, because a later one carries a later cursor.
    /// </summary>
    [Theory]
    [InlineData(typeof(NotSupportedException), true)]
    [InlineData(typeof(NotSupportedException), false)]
    [InlineData(typeof(IOException), true)]
    [InlineData(typeof(IOException), false)]
    [InlineData(typeof(InvalidOperationException), false)]
    [InlineData(typeof(OperationCanceledException), false)]
    public async Task SendAsync_TheOutletFailsOnce_CutsTheConnectionAndSendsNothingMore(Type failure, bool throwsAtOnce)
    {
        var outlet = new FailingOutlet((Exception)Activator.CreateInstance(failure)!, throwsAtOnce);
        var sender = new ClientSender(outlet, _failures, _time);

        var first = sender.SendAsync("first"u8.ToArray());
        var second = sender.SendAsync("second"u8.ToArray());
        var closed = sender.CloseAsync();
        outlet.Fails.TrySetResult();

        await Task.WhenAll(first, second, closed).WaitAsync(Wait.Limit);
        await sender.SendAsync("third"u8.ToArray()).WaitAsync(Wait.Limit);
        Assert.False(sender.IsSending);
        Assert.Equal(["first"], outlet.Begun);
        Assert.Equal(1, outlet.Aborts);
        Assert.IsType(failure, Assert.Single(_failures));
    }

    /// <summary>The request may end only then: the server's response belongs to another request afterwards.</summary>
    [Fact]
    public async Task CloseAsync_TheConnectionWasCut_WaitsForTheSendThatIsUnderWay()
    {
        var outlet = new FailingOutlet(new IOException(), throwsAtOnce: false);
        var sender = new ClientSender(outlet, _failures, _time);
        var first = sender.SendAsync("first"u8.ToArray());
        _time.Advance(ClientSender.Patience);
        await Eventually.BecomesTrueAsync(() => outlet.Aborts == 1, "the connection is cut", Wait.Limit);

        var closed = sender.CloseAsync();

        Assert.False(closed.IsCompleted);
        outlet.Fails.TrySetResult();
        await Task.WhenAll(first, closed).WaitAsync(Wait.Limit);
        Assert.IsType<TimeoutException>(Assert.Single(_failures));
    }

    /// <summary>A trace listener of the application may throw.</summary>
    [Fact]
    public async Task SendAsync_TheReportOfItsFailureThrows_LeavesNobodyWaiting()
    {
        var outlet = new FailingOutlet(new IOException(), throwsAtOnce: false);
        var sender = new ClientSender(outlet, new ThrowingOwner(), _time);
        var first = sender.SendAsync("first"u8.ToArray());
        var second = sender.SendAsync("second"u8.ToArray());
        var closed = sender.CloseAsync();

        outlet.Fails.TrySetResult();

        await Assert.ThrowsAsync<NotSupportedException>(() => first.WaitAsync(Wait.Limit));
        await Task.WhenAll(second, closed).WaitAsync(Wait.Limit);
        Assert.False(sender.IsSending);
    }

    private ClientSender Sender(bool takesPieces = true) => new(new SocketOutlet(_socket, takesPieces), _failures, _time);

    private sealed class Failures : List<Exception>, ISenderOwner
    {
        public void OnSendFailed(Exception exception) => Add(exception);
    }

    private sealed class ThrowingOwner : ISenderOwner
    {
        public void OnSendFailed(Exception exception) => throw new NotSupportedException("the listener's");
    }

    /// <summary>An outlet whose first use fails, and which works afterwards.</summary>
    private sealed class FailingOutlet(Exception failure, bool throwsAtOnce) : IClientOutlet
    {
        public TaskCompletionSource Fails { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Begun { get; } = [];

        public int Aborts { get; private set; }

        public bool TakesPieces => false;

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool isEnd) => new(UseAsync(Encoding.UTF8.GetString(bytes.Span)));

        public Task CloseAsync() => UseAsync("close");

        public void Abort() => Aborts++;

        private Task UseAsync(string what)
        {
            Begun.Add(what);
            return Begun.Count > 1 ? Task.CompletedTask
                : throwsAtOnce ? throw failure
                : FailAsync();
        }

        private async Task FailAsync()
        {
            await Fails.Task;
            throw failure;
        }
    }

    /// <summary>A socket whose client reads nothing until it is released.</summary>
    private sealed class SlowSocket : WebSocket
    {
        private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private WebSocketState _state = WebSocketState.Open;

        public List<string> Begun { get; } = [];

        public List<bool> Ends { get; } = [];

        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => _state;

        public override string? SubProtocol => null;

        public void LetGo() => _room.TrySetResult();

        public void LetGoOfOne()
        {
            var room = _room;
            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            room.SetResult();
        }

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
            var room = _room;
            Ends.Add(endOfMessage);
            Begun.Add(Encoding.UTF8.GetString(buffer));
            return room.Task;
        }
    }
}
