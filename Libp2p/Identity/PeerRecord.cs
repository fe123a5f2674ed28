using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Identity;

/// <summary>A peer's own signed word about its addresses, which others may pass on (https://github.com/libp2p/specs/blob/master/RFC/0003-routing-records.md).</summary>
/// <param name="Peer">Who signed it.</param>
/// <param name="Sequence">Grows with each record of the peer: the highest is the valid one.</param>
/// <param name="Addresses">Where the peer says it can be dialed.</param>
public sealed record PeerRecord(PeerId Peer, ulong Sequence, IReadOnlyList<Multiaddr> Addresses)
{
    private const string Domain = "libp2p-peer-record";
    private const int PeerField = 1, SequenceField = 2, AddressField = 3, MultiaddrField = 1;

    /// <summary>Payload type 0x0301, as peers speak it; the RFC's other name is not in use.</summary>
    private static ReadOnlySpan<byte> PayloadType => [0x03, 0x01];

    /// <summary>The signed envelope of <paramref name="identity"/>'s record.</summary>
    public static byte[] Seal(PeerIdentity identity, ulong sequence, IReadOnlyList<Multiaddr> addresses)
    {
        var output = new ArrayBufferWriter<byte>(256);
        var writer = new ProtoWriter(output);
        writer.WriteBytes(PeerField, identity.Id.Bytes);
        writer.WriteVarint(SequenceField, sequence);
        for (var i = 0; i < addresses.Count; i++)
        {
            var bytes = addresses[i].Bytes;
            writer.WriteHeader(AddressField, ProtoWriter.SizeOfBytes(MultiaddrField, bytes.Length));
            writer.WriteBytes(MultiaddrField, bytes);
        }
        return SignedEnvelope.Seal(identity, Domain, PayloadType, output.WrittenSpan);
    }

    /// <summary>Verifies an envelope, then reads its record; false unless the signer is the very peer that the record is about. Addresses beyond <paramref name="maxAddresses"/>, and those that we cannot read, are left out.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> envelope, int maxAddresses, [NotNullWhen(true)] out PeerRecord? record)
    {
        record = null;
        if (!SignedEnvelope.TryOpen(envelope, Domain, PayloadType, out var signer, out var payload)) return false;
        PeerId? peer = null;
        var sequence = 0UL;
        var addresses = new List<Multiaddr>();
        var reader = new ProtoReader(payload);
        while (reader.TryReadField(out var field, out var wire))
        {
            if (field == SequenceField && wire == WireType.Varint)
            {
                if (!reader.TryReadVarint(out sequence)) return false;
                continue;
            }
            if (wire != WireType.Bytes)
            {
                reader.TrySkip(wire);
                continue;
            }
            if (!reader.TryReadBytes(out var value)) return false;
            if (field == PeerField && !PeerId.TryFromBytes(value, out peer)) return false;
            if (field == AddressField && addresses.Count < maxAddresses && TryReadAddress(value, out var address)) addresses.Add(address);
        }
        if (reader.Failed || peer is null || peer != signer.Id) return false;
        record = new PeerRecord(peer, sequence, addresses);
        return true;
    }

    private static bool TryReadAddress(ReadOnlySpan<byte> info, [NotNullWhen(true)] out Multiaddr? address)
    {
        address = null;
        var reader = new ProtoReader(info);
        return reader.TryReadField(out var field, out var wire) && field == MultiaddrField && wire == WireType.Bytes && reader.TryReadBytes(out var bytes) && Multiaddr.TryFromBytes(bytes, out address);
    }
}
