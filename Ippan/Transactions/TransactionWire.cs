using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace IppanFleet.Ippan;

/// <summary>A transaction's form in upstream's batches, TransactionWireV1: bincode 1 with fixed-width little-endian integers.</summary>
/// <remarks>
/// The form has no room for topics, handle operation, envelope and proof: a transaction that has any of them is not valid any more after the round trip.
/// Source: wire specification, section 3.5.
/// </remarks>
public static class TransactionWire
{
    /// <summary>The batch form of <paramref name="transaction"/>, its optional parts left out.</summary>
    public static byte[] Encode(Transaction transaction)
    {
        var bytes = new BytesBuilder(stackalloc byte[512]);
        bytes.Add(transaction.Id);
        bytes.Add(transaction.From);
        bytes.Add(transaction.To);
        bytes.AddLittleEndian(transaction.Amount);
        bytes.AddLittleEndian(transaction.Nonce);
        bytes.AddLittleEndian(transaction.HashTimer.TimeUs);
        bytes.Add(transaction.HashTimer.Entropy);
        Add(ref bytes, transaction.HashTimer.Signature);
        Add(ref bytes, transaction.HashTimer.PublicKey);
        bytes.AddLittleEndian(transaction.TimestampUs);
        bytes.Add((byte)transaction.Visibility);
        Add(ref bytes, transaction.Signature);
        var wire = bytes.Written.ToArray();
        bytes.Dispose();
        return wire;
    }

    /// <summary>Reads the batch form. Whatever the bytes are, nothing is thrown.</summary>
    /// <param name="wire">Exactly one transaction.</param>
    /// <param name="transaction">The transaction, without optional parts.</param>
    /// <param name="error">What is wrong, and where.</param>
    public static bool TryDecode(ReadOnlySpan<byte> wire, [NotNullWhen(true)] out Transaction? transaction, [NotNullWhen(false)] out string? error)
    {
        var cursor = new WireCursor(wire);
        var decoded = new Transaction
        {
            Id = cursor.Hash(),
            From = cursor.Hash(),
            To = cursor.Hash(),
            Amount = cursor.UInt128(),
            Nonce = cursor.UInt64(),
            HashTimer = new HashTimer { TimestampUs = unchecked((long)cursor.UInt64()), Entropy = cursor.Hash(), Signature = cursor.List(), PublicKey = cursor.List() },
            TimestampUs = cursor.UInt64(),
            Visibility = (TransactionVisibility)cursor.Byte(),
            Signature = cursor.List(),
        };

        error = cursor.Error;
        if (error is null && !cursor.IsAtEnd) error = "bytes stand behind the transaction";
        if (error is null && decoded.Visibility > TransactionVisibility.Confidential) error = "the visibility is neither 0 nor 1";
        if (error is null && decoded.Signature.Count != Transaction.SignatureSize) error = "the signature has another length than 64 bytes";
        transaction = error is null ? decoded : null;
        return error is null;
    }

    private static void Add(ref BytesBuilder bytes, ValueList<byte> list)
    {
        bytes.AddLittleEndian((ulong)list.Count);
        bytes.Add(list.AsSpan());
    }

    /// <summary>Reads fields one after the other; after the first that is not there, every further one is empty.</summary>
    private ref struct WireCursor(ReadOnlySpan<byte> wire)
    {
        private readonly ReadOnlySpan<byte> _wire = wire;
        private int _position;

        public string? Error { get; private set; }

        public readonly bool IsAtEnd => _position == _wire.Length;

        public Hash32 Hash() => TryTake(Hash32.Size, out var bytes) ? new Hash32(bytes) : default;

        public UInt128 UInt128() => TryTake(16, out var bytes) ? BinaryPrimitives.ReadUInt128LittleEndian(bytes) : default;

        public ulong UInt64() => TryTake(sizeof(ulong), out var bytes) ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : default;

        public byte Byte() => TryTake(1, out var bytes) ? bytes[0] : default;

        public ValueList<byte> List() => TryTake(UInt64(), out var bytes) ? ValueList.Create(bytes) : default;

        private bool TryTake(ulong count, out ReadOnlySpan<byte> bytes)
        {
            bytes = default;
            if (Error is not null) return false;
            if (count > (ulong)(_wire.Length - _position))
            {
                Error = string.Create(CultureInfo.InvariantCulture, $"expected {count} more bytes at byte {_position}, found {_wire.Length - _position}");
                return false;
            }

            bytes = _wire.Slice(_position, (int)count);
            _position += (int)count;
            return true;
        }
    }
}
