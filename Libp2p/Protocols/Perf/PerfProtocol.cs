using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Protocols.Perf;

/// <summary>Measures throughput: <c>/perf/1.0.0</c> (https://github.com/libp2p/specs/blob/master/perf/perf.md). A host serves it only when told to: it lets anybody use up bandwidth.</summary>
public sealed class PerfProtocol(ISwarm swarm) : IProtocolHandler
{
    private const string Id = "/perf/1.0.0";
    private const int BlockSize = 64 * 1024;

    /// <inheritdoc/>
    public IReadOnlyList<string> Protocols { get; } = [Id];

    /// <inheritdoc/>
    public async ValueTask HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            for (var at = 0; at < sizeof(ulong);)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(at, sizeof(ulong) - at), cancellationToken).ConfigureAwait(false);
                if (read == 0) throw new ChannelException(ChannelFault.Truncated, "Perf: closed before the size");
                at += read;
            }
            var wanted = BinaryPrimitives.ReadUInt64BigEndian(buffer);
            while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) > 0)
            {
                // The upload is only counted by its sender.
            }
            await SendAsync(stream, buffer, wanted, cancellationToken).ConfigureAwait(false);
            await stream.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Sends <paramref name="upload"/> bytes to a connected peer, then has it send <paramref name="download"/> bytes; answers how long each took.</summary>
    /// <exception cref="SwarmException">Not connected, or the peer does not serve perf.</exception>
    /// <exception cref="ChannelException">The stream ended, or another number of bytes came.</exception>
    public async Task<(TimeSpan Upload, TimeSpan Download)> MeasureAsync(PeerId peer, ulong upload, ulong download, CancellationToken cancellationToken = default)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        var stream = await swarm.OpenStreamAsync(peer, [Id], cancellationToken).ConfigureAwait(false);
        try
        {
            BinaryPrimitives.WriteUInt64BigEndian(buffer, download);
            var start = Stopwatch.GetTimestamp();
            await stream.WriteAsync(buffer.AsMemory(0, sizeof(ulong)), cancellationToken).ConfigureAwait(false);
            await SendAsync(stream, buffer, upload, cancellationToken).ConfigureAwait(false);
            await stream.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
            // The remote answers once it has read everything: its first byte, or its end, ends the upload.
            var received = (ulong)await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            var uploaded = Stopwatch.GetTimestamp();
            for (var read = received; read > 0; received += read) read = (ulong)await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (received != download) throw new ChannelException(ChannelFault.ProtocolViolation, $"Perf: asked for {download} bytes, {received} came");
            return (Stopwatch.GetElapsedTime(start, uploaded), Stopwatch.GetElapsedTime(uploaded));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async ValueTask SendAsync(PeerStream stream, byte[] buffer, ulong size, CancellationToken cancellationToken)
    {
        while (size > 0)
        {
            var part = (int)Math.Min(size, BlockSize);
            await stream.WriteAsync(buffer.AsMemory(0, part), cancellationToken).ConfigureAwait(false);
            size -= (ulong)part;
        }
    }
}
