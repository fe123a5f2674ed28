using System.Buffers;
using System.Buffers.Binary;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Security.Noise;

/// <summary>Noise XX with libp2p identities, <c>/noise</c> (https://github.com/libp2p/specs/blob/master/noise/README.md).</summary>
/// <remarks>The static key lives as long as the host and its signature is made once: the specification allows it, and it saves a signature a handshake.</remarks>
public sealed class NoiseSecurity : ISecurity, IDisposable
{
    private const int MaxHandshakeMessage = 4096;

    private readonly PublicKey _identity;
    private readonly X25519PrivateKey _staticKey = X25519PrivateKey.Generate();
    private readonly byte[] _signature;

    /// <summary>Noise for the host that owns <paramref name="identity"/>.</summary>
    public NoiseSecurity(PeerIdentity identity)
    {
        _identity = identity.PublicKey;
        _signature = identity.Sign([.. NoisePayload.SignatureDomain, .. _staticKey.PublicKey]);
    }

    /// <inheritdoc/>
    public string Protocol => "/noise";

    /// <inheritdoc/>
    public async ValueTask<SecuredChannel> UpgradeAsync(ByteChannel channel, bool initiator, PeerId? expected, IReadOnlyList<string> muxers, CancellationToken cancellationToken)
    {
        using var ephemeral = X25519PrivateKey.Generate();
        using var handshake = new NoiseHandshake(initiator, _staticKey, ephemeral, prologue: []);
        var payload = NoisePayload.Encode(_identity, _signature, muxers);
        var buffer = ArrayPool<byte>.Shared.Rent(2 + MaxHandshakeMessage);
        try
        {
            (PublicKey Key, List<string>? Muxers) remote;
            if (initiator)
            {
                await WriteAsync(channel, handshake, buffer, [], cancellationToken).ConfigureAwait(false);
                remote = Check(handshake, buffer, await ReadAsync(channel, handshake, buffer, cancellationToken).ConfigureAwait(false), expected);
                await WriteAsync(channel, handshake, buffer, payload, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await ReadAsync(channel, handshake, buffer, cancellationToken).ConfigureAwait(false);
                await WriteAsync(channel, handshake, buffer, payload, cancellationToken).ConfigureAwait(false);
                remote = Check(handshake, buffer, await ReadAsync(channel, handshake, buffer, cancellationToken).ConfigureAwait(false), expected);
            }
            var muxer = ChooseMuxer(initiator ? muxers : remote.Muxers, initiator ? remote.Muxers : muxers, remote.Muxers is null);
            var (send, receive) = handshake.Split();
            return new SecuredChannel(new NoiseChannel(channel, send, receive), remote.Key, muxer, handshake.Session);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _staticKey.Dispose();

    private static async ValueTask WriteAsync(ByteChannel channel, NoiseHandshake handshake, byte[] buffer, byte[] payload, CancellationToken cancellationToken)
    {
        if (!handshake.TryWrite(payload, buffer.AsSpan(2), out var size)) throw Refuse(NoiseFault.SmallOrderKey);
        BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)size);
        await channel.WriteAsync(buffer.AsMemory(0, 2 + size), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads one handshake message; its payload stands at the start of <paramref name="buffer"/> afterwards.</summary>
    private static async ValueTask<int> ReadAsync(ByteChannel channel, NoiseHandshake handshake, byte[] buffer, CancellationToken cancellationToken)
    {
        await ReadExactlyAsync(channel, buffer.AsMemory(0, 2), cancellationToken).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
        if (length > MaxHandshakeMessage) throw new ChannelException(ChannelFault.LimitExceeded, $"Noise: a handshake message of {length} bytes; at most {MaxHandshakeMessage} are read");
        await ReadExactlyAsync(channel, buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        var payload = new byte[length];
        var fault = handshake.Read(buffer.AsSpan(0, length), payload, out var size);
        if (fault != NoiseFault.None) throw Refuse(fault);
        payload.AsSpan(0, size).CopyTo(buffer);
        return size;
    }

    private static (PublicKey Key, List<string>? Muxers) Check(NoiseHandshake handshake, byte[] buffer, int size, PeerId? expected)
    {
        if (!NoisePayload.TryDecode(buffer.AsSpan(0, size), out var payload)) throw new ChannelException(ChannelFault.ProtocolViolation, "Noise: the handshake payload is no protobuf");
        var fault = PublicKey.Read(payload.Key, out var key);
        if (key is null) throw new ChannelException(ChannelFault.ProtocolViolation, $"Noise: the identity key {fault.Explain()}");
        // Comparing ids costs nothing: do it before the signature is verified.
        if (expected is not null && key.Id != expected) throw new WrongPeerException(expected, key.Id);
        Span<byte> signed = stackalloc byte[NoisePayload.SignatureDomain.Length + X25519PrivateKey.KeySize];
        NoisePayload.SignatureDomain.CopyTo(signed);
        handshake.RemoteStatic.CopyTo(signed[NoisePayload.SignatureDomain.Length..]);
        if (!key.Verify(signed, payload.Signature)) throw new ChannelException(ChannelFault.ProtocolViolation, $"Noise: the identity's {key.Type} signature over the static key is wrong");
        return (key, payload.Muxers);
    }

    /// <summary>The first entry of the initiator's list that the responder has; nothing in common fails; a side without the extension leaves it to multistream-select.</summary>
    private static string? ChooseMuxer(IReadOnlyList<string>? initiators, IReadOnlyList<string>? responders, bool absent)
    {
        if (absent || initiators is null || responders is null || initiators.Count == 0 || responders.Count == 0) return null;
        foreach (var muxer in initiators)
        {
            if (responders.Contains(muxer, StringComparer.Ordinal)) return muxer;
        }
        throw new ChannelException(ChannelFault.ProtocolViolation, $"Noise: no muxer in common (the remote has {SafeText.Shorten(string.Join(", ", responders))})");
    }

    private static ChannelException Refuse(NoiseFault fault) => new(ChannelFault.ProtocolViolation, fault switch
    {
        NoiseFault.TooShort => "Noise: a handshake message is too short",
        NoiseFault.SmallOrderKey => "Noise: a key of small order",
        _ => "Noise: a handshake message has a wrong tag",
    });

    private static async ValueTask ReadExactlyAsync(ByteChannel channel, Memory<byte> target, CancellationToken cancellationToken)
    {
        while (!target.IsEmpty)
        {
            var read = await channel.ReadAsync(target, cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new ChannelException(ChannelFault.Truncated, "Noise: closed inside the handshake");
            target = target[read..];
        }
    }
}
