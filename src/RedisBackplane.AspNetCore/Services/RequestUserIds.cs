using Microsoft.AspNet.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Uses the provider of the application's services. A scoped provider is taken from the request's scope.
/// </summary>
internal sealed class RequestUserIds(IServiceProvider services) : IUserIdProvider
{
    public string GetUserId(IRequest request) =>
        (request.GetHttpContext()?.RequestServices ?? services).GetRequiredService<IUserIdProvider>().GetUserId(request);
}
