using IppanFleet.Libp2p.Protobuf;

namespace IppanFleet.Libp2p.Identity;

/// <summary>The message that carries keys, public and private alike: Type, then Data, nothing else, in the deterministic encoding (peer-ids.md §Keys).</summary>
internal static class KeyProtobuf
{
    private const int Type = 1, Data = 2;

    /// <summary>Reads one; fields in another order, further fields, unknown types and varints that are longer than they need be are refused.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> protobuf, out KeyType type, out ReadOnlySpan<byte> data)
    {
        type = default;
        data = default;
        var reader = new ProtoReader(protobuf);
        if (!reader.TryReadField(out var field, out var wire) || field != Type || wire != WireType.Varint || !reader.TryReadVarint(out var number) || number > (ulong)KeyType.Ecdsa) return false;
        if (!reader.TryReadField(out field, out wire) || field != Data || wire != WireType.Bytes || !reader.TryReadBytes(out data)) return false;
        type = (KeyType)number;
        return reader.Remaining == 0 && protobuf.Length == Size(type, data.Length);
    }

    /// <summary>Writes one into an array of its exact size.</summary>
    internal static byte[] Write(KeyType type, ReadOnlySpan<byte> data)
    {
        var output = new ExactWriter(Size(type, data.Length));
        var writer = new ProtoWriter(output);
        writer.WriteVarint(Type, (ulong)type);
        writer.WriteBytes(Data, data);
        return output.Buffer;
    }

    private static int Size(KeyType type, int length) => ProtoWriter.SizeOfVarint(Type, (ulong)type) + ProtoWriter.SizeOfBytes(Data, length);
}
