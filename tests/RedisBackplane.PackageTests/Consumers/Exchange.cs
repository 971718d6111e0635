using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane;

/// <summary>
/// One server of a farm, as a new project writes it: sends each line of its input to all clients of a hub, and prints
/// what its own clients would get. Compiled by the package tests only, for each framework.
/// </summary>
public static class Program
{
    public static async Task Main(string[] args)
    {
        using (var resolver = new DefaultDependencyResolver())
        {
            resolver.UseRedis(args[0], args[1]);
            var bus = resolver.Resolve<RedisMessageBus>();
            await bus.WhenConnectedAsync();
            using (bus.Subscribe(new Client("h-ChatHub"), null, Print, 100, null))
            {
                Console.WriteLine("ready");
                var clients = resolver.Resolve<IConnectionManager>().GetHubContext<ChatHub>().Clients;
                for (string line; (line = Console.ReadLine()) != null;)
                {
                    await ((IClientProxy)clients.All).Invoke("broadcastMessage", line);
                }
            }
        }

        Console.WriteLine("left");
    }

    private static Task<bool> Print(MessageResult result, object state)
    {
        foreach (var messages in result.Messages)
        {
            for (var i = 0; i < messages.Count; i++)
            {
                Console.WriteLine("heard " + messages.Array[messages.Offset + i].GetString());
            }
        }

        return Task.FromResult(!result.Terminal);
    }

    private sealed class Client : ISubscriber
    {
        public Client(params string[] keys) => EventKeys = keys;

        public event Action<ISubscriber, string> EventKeyAdded { add { } remove { } }

        public event Action<ISubscriber, string> EventKeyRemoved { add { } remove { } }

        public IList<string> EventKeys { get; }

        public Action<TextWriter> WriteCursor { get; set; }

        public string Identity { get; } = Guid.NewGuid().ToString("N");

        public Subscription Subscription { get; set; }
    }
}

public class ChatHub : Hub
{
}
