using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace IppanFleet.Ippan;

/// <summary>A value of 32 bytes: a BLAKE3 digest, an id, an address or an Ed25519 public key. Ordered bytewise; printed as 64 lower-case hex characters.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Hash32 : IEquatable<Hash32>, IComparable<Hash32>, ISpanFormattable
{
    /// <summary>Bytes of the value.</summary>
    public const int Size = 32;

    private readonly ulong _a, _b, _c, _d;

    /// <summary>The value of <paramref name="bytes"/>, exactly 32.</summary>
    /// <exception cref="ArgumentException">Another number of bytes.</exception>
    public Hash32(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"A 32-byte value cannot have {bytes.Length} bytes.", nameof(bytes));
        this = MemoryMarshal.Read<Hash32>(bytes);
    }

    /// <summary>Thirty-two zero bytes.</summary>
    public static Hash32 Zero => default;

    /// <summary>The bytes in place; valid as long as this variable.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan() => MemoryMarshal.AsBytes(new ReadOnlySpan<Hash32>(in this));

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, in this);

    /// <summary>A new array of the 32 bytes.</summary>
    public byte[] ToArray() => AsSpan().ToArray();

    /// <summary>Reads 64 hex characters of either case, without a prefix.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static Hash32 Parse(ReadOnlySpan<char> hex) => TryParse(hex, out var value) ? value : throw new FormatException("A 32-byte value is written as 64 hex characters.");

    /// <summary>Reads 64 hex characters of either case, without a prefix.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out Hash32 value)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var parsed = hex.Length == 2 * Size && Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        value = parsed ? new Hash32(bytes) : default;
        return parsed;
    }

    /// <inheritdoc/>
    public bool Equals(Hash32 other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Hash32 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_a, _b, _c, _d);

    /// <inheritdoc/>
    public int CompareTo(Hash32 other) => AsSpan().SequenceCompareTo(other.AsSpan());

    /// <summary>The 64 lower-case hex characters.</summary>
    public override string ToString() => Convert.ToHexStringLower(AsSpan());

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Convert.TryToHexStringLower(AsSpan(), destination, out charsWritten);

    /// <summary>Whether the bytes are equal.</summary>
    public static bool operator ==(Hash32 left, Hash32 right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(Hash32 left, Hash32 right) => !left.Equals(right);

    /// <summary>Bytewise order.</summary>
    public static bool operator <(Hash32 left, Hash32 right) => left.CompareTo(right) < 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator >(Hash32 left, Hash32 right) => left.CompareTo(right) > 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator <=(Hash32 left, Hash32 right) => left.CompareTo(right) <= 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator >=(Hash32 left, Hash32 right) => left.CompareTo(right) >= 0;
}
