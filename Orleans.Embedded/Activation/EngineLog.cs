using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>What the engine tells the log.</summary>
internal sealed partial class EngineLog(ILogger logger)
{
    private readonly ILogger _logger = logger;

    [LoggerMessage(1, LogLevel.Information, "Silo {Silo} is active as {Address}")]
    public partial void SiloActive(string silo, Runtime.SiloAddress address);

    [LoggerMessage(2, LogLevel.Information, "Silo {Silo} has stopped")]
    public partial void SiloStopped(string silo);

    [LoggerMessage(3, LogLevel.Warning, "Activation of {Grain} failed")]
    public partial void ActivationFailed(Exception error, GrainId grain);

    [LoggerMessage(4, LogLevel.Warning, "Deactivation of {Grain} failed")]
    public partial void DeactivationFailed(Exception error, GrainId grain);

    [LoggerMessage(5, LogLevel.Warning, "A timer of {Grain} failed; it goes on")]
    public partial void TimerFailed(Exception error, GrainId grain);

    [LoggerMessage(6, LogLevel.Debug, "One-way call {Call} of {Grain} failed")]
    public partial void OneWayFailed(Exception error, string call, GrainId grain);

    [LoggerMessage(7, LogLevel.Warning, "Stream {Stream} of {Provider}: a batch could not be delivered and is skipped")]
    public partial void DeliveryFailed(Exception error, StreamId stream, string provider);
}
