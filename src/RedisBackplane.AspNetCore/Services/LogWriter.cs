using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>OWIN's trace output: lines that go to a logger. Thread-safe.</summary>
internal sealed class LogWriter(ILogger logger) : TextWriter(CultureInfo.InvariantCulture)
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _line = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        string? line = null;
        lock (_gate)
        {
            if (value == '\n')
            {
                line = _line.ToString().TrimEnd('\r');
                _line.Clear();
            }
            else
            {
                _line.Append(value);
            }
        }

        if (line is not null)
        {
            Log.TraceOutput(logger, line);
        }
    }
}
