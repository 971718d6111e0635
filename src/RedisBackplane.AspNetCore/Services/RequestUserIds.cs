using Microsoft.AspNet.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Asks the provider that is among the application's services; one with scoped lifetime is taken from the request's
/// scope.
/// </summary>
internal sealed class RequestUserIds(IServiceProvider services) : IUserIdProvider
{
    public string GetUserId(IRequest request) =>
        (request.GetHttpContext()?.RequestServices ?? services).GetRequiredService<IUserIdProvider>().GetUserId(request);
}
