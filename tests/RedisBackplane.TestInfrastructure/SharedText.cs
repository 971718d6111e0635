using System.Text;

namespace RedisBackplane.TestInfrastructure;

/// <summary>What a process writes, line by line, while others read it. Thread-safe.</summary>
public sealed class SharedText
{
    private readonly StringBuilder _lines = new();

    /// <summary>Adds a line; null, the end of a stream, adds nothing.</summary>
    public void Add(string? line)
    {
        if (line is not null)
        {
            lock (_lines)
            {
                _lines.AppendLine(line);
            }
        }
    }

    public override string ToString()
    {
        lock (_lines)
        {
            return _lines.ToString();
        }
    }
}
