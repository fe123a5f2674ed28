using System.Buffers;
using System.Text;
using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Negotiation;

/// <summary>Agrees on a protocol for a channel (https://github.com/multiformats/multistream-select). Messages are at most 1 KiB, proposals at most <see cref="MaxProposals"/>.</summary>
public static class MultistreamSelect
{
    /// <summary>The protocol's own name, sent first by both sides.</summary>
    public const string Header = "/multistream/1.0.0";

    /// <summary>Proposals that a listener answers before it gives up.</summary>
    public const int MaxProposals = 64;

    private const int MaxMessage = 1024;
    private const string NotAvailable = "na";

    /// <summary>The header, and the proposal of one protocol behind it: what a dialer sends first, in one write.</summary>
    public static byte[] Propose(string protocol) => [.. Frame(Header), .. Frame(protocol)];

    /// <summary>Dialer: proposes <paramref name="protocols"/> in order; answers the first that the remote has, or null when it has none of them.</summary>
    /// <exception cref="ChannelException">The remote does not speak multistream-select, or the channel failed.</exception>
    public static async ValueTask<string?> DialAsync(ByteChannel channel, IReadOnlyList<string> protocols, CancellationToken cancellationToken = default)
    {
        for (var i = 0; i < protocols.Count; i++)
        {
            await channel.WriteAsync(i == 0 ? Propose(protocols[0]) : Frame(protocols[i]), cancellationToken).ConfigureAwait(false);
            if (await ReadAnswerAsync(channel, protocols[i], expectHeader: i == 0, cancellationToken).ConfigureAwait(false)) return protocols[i];
        }
        return null;
    }

    /// <summary>Dialer, after <see cref="Propose"/> was sent: whether the remote took <paramref name="protocol"/>.</summary>
    /// <exception cref="ChannelException">The remote does not speak multistream-select, or the channel failed.</exception>
    public static async ValueTask<bool> ReadAnswerAsync(ByteChannel channel, string protocol, bool expectHeader, CancellationToken cancellationToken = default)
    {
        if (expectHeader) await ExpectHeaderAsync(channel, cancellationToken).ConfigureAwait(false);
        var answer = await ReadAsync(channel, cancellationToken).ConfigureAwait(false);
        if (answer == protocol) return true;
        return answer == NotAvailable ? false : throw new ChannelException(ChannelFault.ProtocolViolation, $"multistream-select: '{SafeText.Shorten(answer)}' is no answer to '{protocol}'");
    }

    /// <summary>Listener: as <see cref="ListenAsync"/>, but the answer that accepts travels with the first bytes that are written to the channel answered here, or before its first read.</summary>
    internal static async ValueTask<(string? Protocol, ByteChannel Channel)> ListenLazilyAsync(ByteChannel channel, Func<string, bool> supports, CancellationToken cancellationToken)
    {
        var (protocol, answer) = await AcceptAsync(channel, supports, cancellationToken).ConfigureAwait(false);
        return (protocol, protocol is null ? channel : new PrefaceChannel(channel, answer));
    }

    /// <summary>Listener: takes the first proposal for which <paramref name="supports"/> says yes; null when the remote gave up.</summary>
    /// <exception cref="ChannelException">The remote does not speak multistream-select, proposes without end, or the channel failed.</exception>
    public static async ValueTask<string?> ListenAsync(ByteChannel channel, Func<string, bool> supports, CancellationToken cancellationToken = default)
    {
        var (protocol, answer) = await AcceptAsync(channel, supports, cancellationToken).ConfigureAwait(false);
        if (protocol is not null) await channel.WriteAsync(answer, cancellationToken).ConfigureAwait(false);
        return protocol;
    }

    /// <summary>Refuses proposals until one is supported, and answers it with what accepts it, not yet written.</summary>
    private static async ValueTask<(string? Protocol, byte[] Answer)> AcceptAsync(ByteChannel channel, Func<string, bool> supports, CancellationToken cancellationToken)
    {
        await ExpectHeaderAsync(channel, cancellationToken).ConfigureAwait(false);
        var header = Frame(Header);
        for (var i = 0; i < MaxProposals; i++)
        {
            string proposal;
            try
            {
                proposal = await ReadAsync(channel, cancellationToken).ConfigureAwait(false);
            }
            catch (ChannelException e) when (e.Fault == ChannelFault.Truncated && i > 0)
            {
                return (null, []);
            }
            var supported = supports(proposal);
            var answer = Frame(supported ? proposal : NotAvailable);
            if (i == 0) answer = [.. header, .. answer];
            if (supported) return (proposal, answer);
            await channel.WriteAsync(answer, cancellationToken).ConfigureAwait(false);
        }
        throw new ChannelException(ChannelFault.LimitExceeded, $"multistream-select: more than {MaxProposals} proposals");
    }

    private static async ValueTask ExpectHeaderAsync(ByteChannel channel, CancellationToken cancellationToken)
    {
        var first = await ReadAsync(channel, cancellationToken).ConfigureAwait(false);
        if (first != Header) throw new ChannelException(ChannelFault.ProtocolViolation, $"multistream-select: '{SafeText.Shorten(first)}' where '{Header}' was expected");
    }

    private static byte[] Frame(string text)
    {
        var size = Encoding.UTF8.GetByteCount(text) + 1;
        var frame = new byte[Varint.SizeOf((ulong)size) + size];
        var at = Varint.Write(frame, (ulong)size);
        Encoding.UTF8.GetBytes(text, frame.AsSpan(at));
        frame[^1] = (byte)'\n';
        return frame;
    }

    /// <summary>Reads one message and not a byte more: what follows belongs to the protocol.</summary>
    private static async ValueTask<string> ReadAsync(ByteChannel channel, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxMessage);
        try
        {
            var prefix = 0;
            ulong length;
            VarintFault fault;
            do
            {
                await ReadExactlyAsync(channel, buffer.AsMemory(prefix, 1), cancellationToken).ConfigureAwait(false);
                fault = Varint.TryRead(buffer.AsSpan(0, ++prefix), out length, out _);
            }
            while (fault == VarintFault.Truncated && prefix < 2);
            if (fault != VarintFault.None || length is 0 or > MaxMessage) throw new ChannelException(ChannelFault.ProtocolViolation, $"multistream-select: a message has 1 to {MaxMessage} bytes");
            var message = buffer.AsMemory(0, (int)length);
            await ReadExactlyAsync(channel, message, cancellationToken).ConfigureAwait(false);
            if (message.Span[^1] != '\n') throw new ChannelException(ChannelFault.ProtocolViolation, "multistream-select: a message ends in a line feed");
            return Encoding.UTF8.GetString(message.Span[..^1]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask ReadExactlyAsync(ByteChannel channel, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var read = await channel.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new ChannelException(ChannelFault.Truncated, "multistream-select: closed before an agreement");
            buffer = buffer[read..];
        }
    }
}
