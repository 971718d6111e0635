using Chat;

ChatOptions options;
try
{
    options = ChatOptions.Parse(args);
}
catch (UsageException exception)
{
    return Screen.Fail(exception.Message, hint: true, ExitCode.Usage);
}

if (options.Help)
{
    Screen.Help();
    return ExitCode.Success;
}

try
{
    return await Farm.RunAsync(options);
}
catch (UsageException exception)
{
    return Screen.Fail(exception.Message, hint: true, ExitCode.Usage);
}
catch (StartException exception)
{
    return Screen.Fail(exception.Message, hint: false, ExitCode.Failure);
}
