using System.Diagnostics;
using System.Security.Cryptography;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Protocols.Ping;

/// <summary>Measures round trips: <c>/ipfs/ping/1.0.0</c>, 32 random bytes echoed (https://github.com/libp2p/specs/blob/master/ping/ping.md).</summary>
public sealed class PingProtocol(ISwarm swarm) : IProtocolHandler
{
    private const string Id = "/ipfs/ping/1.0.0";
    private const int Size = 32;

    /// <inheritdoc/>
    public IReadOnlyList<string> Protocols { get; } = [Id];

    /// <summary>How long a remote may keep an inbound ping stream without sending. Default 60 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public async ValueTask HandleAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[Size];
        while (true)
        {
            using var deadline = new Deadline(swarm.Time, IdleTimeout, cancellationToken);
            if (!await ReadAsync(stream, buffer, deadline.Token).ConfigureAwait(false)) return;
            await stream.WriteAsync(buffer, deadline.Token).ConfigureAwait(false);
        }
    }

    /// <summary>One round trip to a connected peer.</summary>
    /// <exception cref="SwarmException">Not connected, or the peer does not speak ping.</exception>
    /// <exception cref="ChannelException">The answer was wrong, or the stream ended.</exception>
    /// <exception cref="OperationCanceledException">It took longer than the token allows.</exception>
    public async Task<TimeSpan> PingAsync(PeerId peer, CancellationToken cancellationToken = default)
    {
        var stream = await swarm.OpenStreamAsync(peer, [Id], cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var sent = RandomNumberGenerator.GetBytes(Size);
            var answer = new byte[Size];
            var start = Stopwatch.GetTimestamp();
            await stream.WriteAsync(sent, cancellationToken).ConfigureAwait(false);
            if (!await ReadAsync(stream, answer, cancellationToken).ConfigureAwait(false)) throw new ChannelException(ChannelFault.Truncated, "Ping: closed without an answer");
            return answer.AsSpan().SequenceEqual(sent) ? Stopwatch.GetElapsedTime(start) : throw new ChannelException(ChannelFault.ProtocolViolation, "Ping: the answer differs from what was sent");
        }
    }

    private static async ValueTask<bool> ReadAsync(PeerStream stream, Memory<byte> target, CancellationToken cancellationToken)
    {
        for (var at = 0; at < target.Length;)
        {
            var read = await stream.ReadAsync(target[at..], cancellationToken).ConfigureAwait(false);
            if (read == 0) return at == 0 ? false : throw new ChannelException(ChannelFault.Truncated, "Ping: closed inside a ping");
            at += read;
        }
        return true;
    }
}
