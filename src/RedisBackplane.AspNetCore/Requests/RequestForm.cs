using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// The form in a request's body, read once. SignalR's clients send urlencoded forms whatever they call them (the .NET client says
/// <c>text/plain</c>), so the content type is not looked at; a request without a body has an empty form.
/// </summary>
internal sealed class RequestForm(HttpContext context)
{
    private readonly Lock _gate = new();
    private HttpContext? _context = context;
    private Task<INameValueCollection>? _reading;

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

    private static async Task<INameValueCollection> ReadAsync(HttpContext context)
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

        // One value holds the whole message. Its size is for the server to limit (MaxRequestBodySize), as that of any body.
        var reader = new FormPipeReader(context.Request.BodyReader) { ValueLengthLimit = int.MaxValue };
        return new NameValues(await reader.ReadFormAsync(context.RequestAborted).ConfigureAwait(false));
    }
}
