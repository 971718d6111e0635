var builder = WebApplication.CreateBuilder(args);
builder.Services.AddClassicSignalR()
    .AddRedisBackplane(options =>
    {
        options.Server = "localhost";
        options.AppName = "Chat";
    });

var app = builder.Build();
app.MapClassicSignalR("/signalr");
app.Run();
