using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Tests.Requests;

/// <summary>Calls by hand: the answer to a call over HTTP is the response to its request.</summary>
public sealed class RequestFormTests
{
    // Bytes that are not UTF-8 must fail, and not become question marks.
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/x-www-form-urlencoded; charset=UTF-8")]
    [InlineData(null)]
    public async Task Send_WhateverTheContentTypeOfTheForm_ReachesTheHub(string? contentType)
    {
        await using var host = await SignalRHost.StartAsync();

        Assert.Equal("1 + 1 = 2 & more", await EchoAsync(host, "1 + 1 = 2 & more", contentType));
    }

    [Fact]
    public async Task Send_LargeForm_ReachesTheHubWhole()
    {
        var text = new string('ä', 3_000_000);
        await using var host = await SignalRHost.StartAsync();

        Assert.Equal(text, await EchoAsync(host, text, "text/plain"));
    }

    [Fact]
    public async Task Send_FormAboveTheLimit_Answers413()
    {
        await using var host = await SignalRHost.StartAsync(options => options.MaxIncomingFormSize = 100);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusAsync(host, new ByteArrayContent(new byte[101])));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusAsync(host, new UnknownLength(101)));
    }

    [Fact]
    public async Task Send_FormThatIsNone_Answers400()
    {
        await using var host = await SignalRHost.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(host, new ByteArrayContent([.. "data="u8, 0xff, 0xfe])));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(host, new StringContent(string.Concat(Enumerable.Repeat("a=1&", 2000)))));
    }

    [SkippableFact]
    public async Task Form_InManySmallPieces_CostsNoMoreForEachThanInFew()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The CPU of one thread is known on Linux.");
        await CpuOfReadingAsync(20_000);

        var (few, many) = (double.MaxValue, double.MaxValue);
        for (var round = 0; round < 5; round++)
        {
            few = Math.Min(few, await CpuOfReadingAsync(20_000));
            many = Math.Min(many, await CpuOfReadingAsync(320_000));
        }

        // 16 times the pieces: 16 times the work if it is linear, 256 times if it is quadratic.
        Assert.InRange(many / few, 0, 64);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("data=1", "data=1")]
    [InlineData("data=%41%c3%A4+b", "data=Aä b")]
    [InlineData("a=1&b=2&a=3", "a=1,3;b=2")]
    [InlineData("&&a&b=&=c&", "a=;b=;=c")]
    [InlineData("data=100%&b=%4&c=%zz", "data=100%;b=%4;c=%zz")]
    public void Form_OfAnyText_IsReadAsOwinReadsIt(string body, string expected)
    {
        var form = UrlEncodedForm.Parse(Encoding.UTF8.GetBytes(body));

        Assert.Equal(expected, string.Join(';', form.Select(field => $"{field.Key}={field.Value}")));
    }

    [Fact]
    public void Form_OfAnyBytes_IsReadOrRefused()
    {
        var random = new Random(5);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);

            var exception = Record.Exception(() => UrlEncodedForm.Parse(bytes));

            Assert.True(exception is null or BadHttpRequestException, $"{Convert.ToHexString(bytes)}: {exception}");
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(SignalRHost host, HttpContent body)
    {
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "serverSentEvents");
        await connection.ConnectAsync();
        using (body)
        using (var response = await connection.SendAsync(body))
        {
            return response.StatusCode;
        }
    }

    private static async Task<string?> EchoAsync(SignalRHost host, string text, string? contentType)
    {
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "serverSentEvents");
        await connection.ConnectAsync();
        await connection.StartAsync();
        var call = JsonSerializer.Serialize(new { H = "chat", M = "Echo", A = new[] { text }, I = "7" });
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes($"data={Uri.EscapeDataString(call)}"));
        body.Headers.TryAddWithoutValidation("Content-Type", contentType);

        using var response = await connection.SendAsync(body);
        var answer = JsonDocument.Parse(Strict.GetString(await response.Content.ReadAsByteArrayAsync())).RootElement;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("7", answer.GetProperty("I").GetString());
        return answer.GetProperty("R").GetString();
    }

    /// <summary>The CPU of this thread, in nanoseconds, for a form that arrives in pieces of one byte.</summary>
    private static async Task<double> CpuOfReadingAsync(int length)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(new TrickledBody(length));
        var before = CpuOfThread();

        var form = new RequestForm(context, ClassicSignalROptions.DefaultMaxIncomingFormSize).ReadAsync();

        Assert.True(form.IsCompletedSuccessfully, "The form was not read on this thread.");
        var cpu = CpuOfThread() - before;
        Assert.Equal(length - "data=".Length, (await form).Get("data").Length);
        return cpu;
    }

    private static double CpuOfThread()
    {
        const int ThreadCpuTime = 3;
        Assert.Equal(0, clock_gettime(ThreadCpuTime, out var time));
        return (time.Seconds * 1e9) + time.Nanoseconds;
    }

    [DllImport("libc")]
    private static extern int clock_gettime(int clock, out ClockTime time);

    [StructLayout(LayoutKind.Sequential)]
    private struct ClockTime
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>A body of which each read returns one byte more.</summary>
    private sealed class TrickledBody(int length) : PipeReader, IRequestBodyPipeFeature
    {
        private readonly byte[] _body = [.. "data="u8, .. Enumerable.Repeat((byte)'a', length - "data=".Length)];
        private int _examined;
        private int _consumed;

        public PipeReader Reader => this;

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            _examined = Math.Min(_examined + 1, length);
            return new(new ReadResult(
                new ReadOnlySequence<byte>(_body, _consumed, _examined - _consumed), isCanceled: false, _examined == length));
        }

        public override void AdvanceTo(SequencePosition consumed) => _consumed = consumed.GetInteger();

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException();
    }

    /// <summary>A chunked body, whose length the server only learns at its end.</summary>
    private sealed class UnknownLength(int length) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var sent = 0; sent < length; sent++)
            {
                await stream.WriteAsync("a"u8.ToArray());
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
