using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Libp2p.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class LogCapture : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    /// <summary>Is told of each line on the thread that logs it, and may hold that up.</summary>
    internal Action<string>? OnLine { get; init; }

    internal IEnumerable<string> Lines => _lines.Select(l => l.Text);

    internal IEnumerable<string> Errors => _lines.Where(l => l.Level >= LogLevel.Error).Select(l => l.Text);

    internal Task UntilAsync(params string[] parts) => TestHosts.UntilAsync(() => Lines.Any(line => parts.All(line.Contains)), $"'{string.Join("' and '", parts)}' in the log:\n{string.Join('\n', Lines)}");

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = formatter(state, exception);
        _lines.Enqueue((logLevel, line));
        OnLine?.Invoke(line);
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
