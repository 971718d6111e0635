using System.Reflection;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.Tests.Telemetry;

/// <summary>The log events of all rooms, those of a room in the order of its file.</summary>
internal static class LogEvents
{
    public static IReadOnlyList<(Type Room, string Name, LoggerMessageAttribute Event)> All { get; } =
    [
        .. from room in typeof(RedisMessageBus).Assembly.GetTypes()
           from method in room.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
           let found = method.GetCustomAttribute<LoggerMessageAttribute>()
           where found is not null
           orderby room.FullName, method.MetadataToken
           select (room, method.Name, found),
    ];
}
