using System.Buffers;
using System.Text;
using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protobuf;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Protocols.Identify;

/// <summary>Why an Identify message was refused.</summary>
internal enum IdentifyFault
{
    None,
    Malformed,
    OtherPeersKey,
    TooManyProtocols,
}

/// <summary>The Identify message (https://github.com/libp2p/specs/blob/master/identify/README.md §The Identify Message).</summary>
internal static class IdentifyCodec
{
    private const int PublicKey = 1, ListenAddress = 2, Protocol = 3, ObservedAddress = 4, ProtocolVersion = 5, AgentVersion = 6, SignedPeerRecord = 8;

    /// <summary>The largest message that we send; addresses that do not fit are left out.</summary>
    internal const int MaxSent = 4096;

    private const int MaxText = 256;

    internal static ReadOnlyMemory<byte> Encode(PublicKey key, IReadOnlyCollection<string> protocols, IReadOnlyList<Multiaddr> addresses, Multiaddr? observed, ReadOnlyMemory<byte> record, IdentifyOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        var writer = new ProtoWriter(buffer);
        writer.WriteText(ProtocolVersion, options.ProtocolVersion);
        writer.WriteText(AgentVersion, options.AgentVersion);
        writer.WriteBytes(PublicKey, key.Protobuf);
        if (observed is not null) writer.WriteBytes(ObservedAddress, observed.Bytes);
        foreach (var protocol in protocols) writer.WriteText(Protocol, protocol);
        // Practice knows field 8; what the specification's text does not name, its readers pass over.
        if (!record.IsEmpty && buffer.WrittenCount + ProtoWriter.SizeOfBytes(SignedPeerRecord, record.Length) <= MaxSent / 2) writer.WriteBytes(SignedPeerRecord, record.Span);
        foreach (var address in addresses)
        {
            if (buffer.WrittenCount + ProtoWriter.SizeOfBytes(ListenAddress, address.Bytes.Length) <= MaxSent) writer.WriteBytes(ListenAddress, address.Bytes);
        }
        return buffer.WrittenMemory;
    }

    /// <summary>Reads a message of <paramref name="peer"/>. Fields that are missing keep what <paramref name="known"/> has (a push may be partial); addresses that we cannot read are passed over.</summary>
    internal static IdentifyFault Decode(ReadOnlySpan<byte> message, PeerId peer, PeerInfo? known, IdentifyOptions options, out PeerInfo info)
    {
        info = known ?? new PeerInfo { Peer = peer };
        List<string>? protocols = null;
        List<Multiaddr>? addresses = null;
        // Of fields that come once the last counts; it is read when all have come, so that repeating them costs nothing.
        ReadOnlySpan<byte> observed = default, version = default, agent = default, record = default;
        var reader = new ProtoReader(message);
        while (reader.TryReadField(out var field, out var type))
        {
            if (type != WireType.Bytes || field is < PublicKey or (> AgentVersion and not SignedPeerRecord))
            {
                reader.TrySkip(type);
                continue;
            }
            if (!reader.TryReadBytes(out var value)) break;
            switch (field)
            {
                case PublicKey when !Identity.PublicKey.TryFromProtobuf(value, out var key) || key.Id != peer:
                    return IdentifyFault.OtherPeersKey;
                case ListenAddress when (addresses ??= []).Count < options.MaxAddresses && Multiaddr.TryFromBytes(value, out var address):
                    addresses.Add(address);
                    break;
                case Protocol:
                    if ((protocols ??= []).Count == options.MaxProtocols) return IdentifyFault.TooManyProtocols;
                    if (value.Length > MaxText) return IdentifyFault.Malformed;
                    protocols.Add(Encoding.UTF8.GetString(value));
                    break;
                case ObservedAddress: observed = value; break;
                case ProtocolVersion: version = value; break;
                case SignedPeerRecord: record = value; break;
                case AgentVersion: agent = value; break;
            }
        }
        if (reader.Failed) return IdentifyFault.Malformed;
        if (Multiaddr.TryFromBytes(observed, out var seen)) info = info with { ObservedAddress = seen };
        if (!version.IsEmpty) info = info with { ProtocolVersion = Text(version) };
        if (!agent.IsEmpty) info = info with { AgentVersion = Text(agent) };
        if (!record.IsEmpty) info = info with { SignedRecord = record.ToArray() };
        if (protocols is not null) info = info with { Protocols = protocols };
        if (addresses is not null) info = info with { ListenAddresses = addresses };
        return IdentifyFault.None;
    }

    private static string Text(ReadOnlySpan<byte> value) => SafeText.Shorten(Encoding.UTF8.GetString(value[..Math.Min(value.Length, MaxText)]), MaxText);
}
