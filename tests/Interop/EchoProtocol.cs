using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Interop;

/// <summary>Writes back what it reads: the counterpart of the js peer's <c>/echo/1.0.0</c>.</summary>
internal sealed class EchoProtocol : IProtocolHandler
{
    internal const string Id = "/echo/1.0.0";

    public IReadOnlyList<string> Protocols { get; } = [Id];

    public async ValueTask HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;) await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        await stream.CloseWriteAsync(cancellationToken);
    }
}
