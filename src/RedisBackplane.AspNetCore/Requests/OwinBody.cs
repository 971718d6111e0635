namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// OWIN's view of a body. It is empty when the request has ended, because the server's stream then belongs to another
/// request.
/// </summary>
internal sealed class OwinBody(Func<Stream> body) : Stream
{
    public override bool CanRead => body().CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => body().CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() => body().Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => body().FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => body().Read(buffer, offset, count);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        body().ReadAsync(buffer, offset, count, cancellationToken);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        body().ReadAsync(buffer, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => body().Write(buffer, offset, count);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        body().WriteAsync(buffer, offset, count, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        body().WriteAsync(buffer, cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
