namespace RedisBackplane.Tests.Fakes;

/// <summary>Keeps the first ids of the frames that it gets.</summary>
internal sealed class RecordedSink : IFrameSink
{
    public List<ulong> FirstIds { get; } = [];

    /// <summary>Runs before a frame is taken.</summary>
    public Action? OnAppend { get; set; }

    public bool IsCrowded => false;

    public void Append(in Frame frame)
    {
        OnAppend?.Invoke();
        FirstIds.Add(frame.Header.FirstId);
    }

    public void Start(ulong lastId)
    {
    }
}
