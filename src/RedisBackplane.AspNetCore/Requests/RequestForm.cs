using System.Buffers;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// The form in a request's body, read once. SignalR's clients send urlencoded forms under any content type (the .NET
/// client sends <c>text/plain</c>), so the content type is ignored. A request without a body has an empty form.
/// </summary>
/// <param name="maxSize">The most bytes that are read.</param>
internal sealed class RequestForm(HttpContext context, long maxSize)
{
    private readonly Lock _gate = new();
    private HttpContext? _context = context;
    private Task<INameValueCollection>? _reading;

    /// <exception cref="BadHttpRequestException">The body is too large, or no form.</exception>
    public Task<INameValueCollection> ReadAsync()
    {
        lock (_gate)
        {
            return _reading ??= _context is null ? Task.FromResult<INameValueCollection>(NameValues.Empty) : ReadAsync(_context);
        }
    }

    /// <summary>Releases the request, which has ended. What was not read by now is lost.</summary>
    public void End()
    {
        lock (_gate)
        {
            _context = null;
        }
    }

    private async Task<INameValueCollection> ReadAsync(HttpContext context)
    {
        // A middleware may already have read the body.
        if (context.Features.Get<IFormFeature>()?.Form is { } form)
        {
            return new NameValues(form);
        }

        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return NameValues.Empty;
        }

        if (context.Request.ContentLength > maxSize)
        {
            throw TooLarge();
        }

        // Each byte is copied when it arrives, and parsed at the end. So a form that is sent in small pieces costs no
        // more than any other.
        var body = new ArrayBufferWriter<byte>();
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted).ConfigureAwait(false);
            foreach (var part in read.Buffer)
            {
                body.Write(part.Span);
            }

            reader.AdvanceTo(read.Buffer.End);
            if (body.WrittenCount > maxSize)
            {
                throw TooLarge();
            }

            if (read.IsCompleted)
            {
                return new NameValues(UrlEncodedForm.Parse(body.WrittenSpan));
            }
        }
    }

    private BadHttpRequestException TooLarge() =>
        new($"The form is larger than {maxSize} bytes.", StatusCodes.Status413PayloadTooLarge);
}
