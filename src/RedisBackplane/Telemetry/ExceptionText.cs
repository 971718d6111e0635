namespace RedisBackplane.Telemetry;

/// <summary>The text of an exception that may be the application's: of a factory or a provider.</summary>
internal static class ExceptionText
{
    /// <summary>Its message, or its type if the message itself throws.</summary>
    public static string Text(this Exception exception)
    {
        try
        {
            return exception.Message;
        }
        catch (Exception)
        {
            return exception.GetType().Name;
        }
    }
}
