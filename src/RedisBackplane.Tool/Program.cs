using RedisBackplane.Tool;

return await ToolProgram.RunAsync(args, Console.Out, Console.Error);
