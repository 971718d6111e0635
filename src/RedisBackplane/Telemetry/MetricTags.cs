using System.Globalization;

namespace RedisBackplane.Telemetry;

/// <summary>
/// The attributes of the measurements of a bus or a stream, created once. They have few values: names, a number, a
/// stream.
/// </summary>
internal sealed class MetricTags
{
    public const string System = "messaging.system";
    public const string Destination = "messaging.destination.name";
    public const string Partition = "messaging.destination.partition.id";
    public const string OperationName = "messaging.operation.name";
    public const string OperationType = "messaging.operation.type";
    public const string ErrorType = "error.type";
    public const string Instance = "redis_backplane.instance";
    public const string Outcome = "redis_backplane.outcome";
    public const string Reason = "redis_backplane.reason";

    /// <param name="instance">Distinguishes buses with one name in one process.</param>
    /// <param name="stream">The stream; <see langword="null"/> for what a bus counts over all its streams.</param>
    public MetricTags(string appName, int instance, int? stream = null)
    {
        var common = new List<KeyValuePair<string, object?>>
        {
            new(Destination, appName),
            new(Instance, instance.ToString(CultureInfo.InvariantCulture)),
        };
        if (stream is { } index)
        {
            common.Add(new(Partition, index.ToString(CultureInfo.InvariantCulture)));
        }

        PublishName = "publish " + appName;
        ReceiveName = "receive " + appName;
        Common = [.. common];
        Publish = [.. common, new(System, "redis"), new(OperationName, "publish"), new(OperationType, "send")];
        Receive = [.. common, new(System, "redis"), new(OperationName, "receive"), new(OperationType, "receive")];
    }

    /// <summary>The name of a sender's activity, according to the conventions.</summary>
    public string PublishName { get; }

    /// <summary>The name of a receiver's activity.</summary>
    public string ReceiveName { get; }

    public KeyValuePair<string, object?>[] Common { get; }

    /// <summary>Includes the attributes that OpenTelemetry's messaging conventions require of a sender.</summary>
    public KeyValuePair<string, object?>[] Publish { get; }

    /// <summary>Includes the attributes that they require of a receiver.</summary>
    public KeyValuePair<string, object?>[] Receive { get; }
}
