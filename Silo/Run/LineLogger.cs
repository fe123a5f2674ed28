using IppanFleet.Silo.Screen;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Silo.Run;

/// <summary>Logs as single lines beside the summary.</summary>
internal sealed class LineLoggerProvider(LiveScreen screen) : ILoggerProvider
{
    /// <summary>A host that cannot start throws what it logs: the run tells it, once.</summary>
    private const string StartupFault = "HostedServiceStartupFaulted";

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(screen);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The screen is its owner's.
    }

    private sealed class LineLogger(LiveScreen screen) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name == StartupFault) return;
            var text = formatter(state, exception);
            if (exception is not null) text += $" ({exception.GetType().Name}: {exception.Message})";
            var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
            screen.WriteError($"{NameOf(logLevel)}: {line}");
        }

        private static string NameOf(LogLevel level) => level switch
        {
            LogLevel.Warning => "warning",
            LogLevel.Error or LogLevel.Critical => "error",
            _ => "info",
        };
    }
}
