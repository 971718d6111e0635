namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>What a server says about a Redis that refuses it.</summary>
internal static class RefusedPublish
{
    /// <summary>
    /// Publishes again and again until the reason is reported. The first attempts may end without it: on a busy machine
    /// the bus may only have reached the connection by then, or the last attempt to connect was too slow for the answer
    /// of Redis.
    /// </summary>
    /// <param name="isTold">Whether the outcome and everything that was reported so far are sufficient.</param>
    /// <returns>
    /// How the last attempt ended, and everything that was reported: its exception and the log of the server.
    /// </returns>
    public static async Task<(Exception? Outcome, string Told)> UntilToldAsync(
        TestServer server, Func<Task> publish, Func<Exception?, string, bool> isTold)
    {
        Exception? outcome = null;
        var told = string.Empty;
        try
        {
            await Eventually.BecomesTrueAsync(
                async () =>
                {
                    outcome = await Record.ExceptionAsync(() => Eventually.CompletesAsync(publish(), "the publish ends"));
                    told = outcome + Environment.NewLine + server.Logs;
                    return isTold(outcome, told);
                },
                "the reason is told");
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} Told was: {told}", exception);
        }

        return (outcome, told);
    }
}
