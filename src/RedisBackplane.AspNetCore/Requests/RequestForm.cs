using System.Buffers;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// The form in a request's body, read once. SignalR's clients send urlencoded forms whatever they call them (the .NET
/// client says <c>text/plain</c>), so the content type is not looked at; a request without a body has an empty form.
/// </summary>
/// <param name="context">The request.</param>
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

    /// <summary>Lets go of the request, which has ended: what was not read by now is gone.</summary>
    public void End()
    {
        lock (_gate)
        {
            _context = null;
        }
    }

    private async Task<INameValueCollection> ReadAsync(HttpContext context)
    {
        // A middleware may have read the body before.
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

        // Each byte is copied as it comes and parsed at the end: whoever sends a form in small pieces costs no more
        // than whoever does not.
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
