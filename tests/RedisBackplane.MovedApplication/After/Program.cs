using System;
using System.Threading.Tasks;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using RedisBackplane.MovedApplication;

var builder = WebApplication.CreateBuilder();
builder.WebHost.UseUrls(args[0]);
builder.Services.AddClassicSignalR(options => options.UseGlobalHost = true);

var app = builder.Build();
Setup.Configure(args);
app.MapClassicSignalR("/signalr", new HubConfiguration { EnableDetailedErrors = true });
app.MapClassicSignalR<EchoConnection>("/echo");

app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine("started"));
// The caller ends it by closing its input.
_ = Task.Run(() =>
{
    Console.In.ReadLine();
    app.Lifetime.StopApplication();
});
app.Run();
