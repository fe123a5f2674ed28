using System.Buffers.Binary;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Ippan;

/// <summary>A moment of IPPAN time tied by a hash to what happened then; signed or, with both lists empty, unsigned.</summary>
/// <remarks>Ordered by time, digest, signature and public key, bytewise. Source: wire specification, section 2.</remarks>
public sealed partial record HashTimer : IComparable<HashTimer>
{
    /// <summary>Characters of the hex form.</summary>
    public const int HexLength = 64;

    private const int HexTimeBytes = 7;
    private const int HexDigestBytes = 25;

    /// <summary>Microseconds since the Unix epoch. A time above 2^63 is carried as the negative number of the same bits.</summary>
    public required long TimestampUs { get; init; }

    /// <summary>The hash that was derived from what happened.</summary>
    public required Hash32 Entropy { get; init; }

    /// <summary>An Ed25519 signature over the digest, 64 bytes; empty when unsigned. Peers may send any length.</summary>
    public ValueList<byte> Signature { get; init; }

    /// <summary>The signer's Ed25519 key, 32 bytes; empty when unsigned. Peers may send any length.</summary>
    public ValueList<byte> PublicKey { get; init; }

    /// <summary>The time as the unsigned number that rules compare.</summary>
    public ulong TimeUs => unchecked((ulong)TimestampUs);

    /// <summary>The unsigned timer whose entropy is BLAKE3(context || time || domain || payload || nonce || node id), without lengths between.</summary>
    public static HashTimer Derive(string context, ulong timeUs, ReadOnlySpan<byte> domain, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> nodeId) => new()
    {
        TimestampUs = unchecked((long)timeUs),
        Entropy = DeriveEntropy(context, timeUs, domain, payload, nonce, nodeId),
    };

    internal static Hash32 DeriveEntropy(string context, ulong timeUs, ReadOnlySpan<byte> domain, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> nodeId)
    {
        using var input = new BytesBuilder(stackalloc byte[512]);
        input.AddUtf8(context);
        input.AddBigEndian(timeUs);
        input.Add(domain);
        input.Add(payload);
        input.Add(nonce);
        input.Add(nodeId);
        return Blake3.Hash(input.Written);
    }

    /// <summary>BLAKE3(timestamp || entropy): what is signed, and what a block's id covers.</summary>
    public Hash32 ComputeDigest()
    {
        Span<byte> input = stackalloc byte[sizeof(long) + Hash32.Size];
        BinaryPrimitives.WriteInt64BigEndian(input, TimestampUs);
        Entropy.CopyTo(input[sizeof(long)..]);
        return Blake3.Hash(input);
    }

    /// <summary>The same moment, signed by <paramref name="key"/>.</summary>
    public HashTimer Sign(Ed25519PrivateKey key) => this with
    {
        Signature = ValueList.Adopt(key.Sign(ComputeDigest().AsSpan())),
        PublicKey = ValueList.Create(key.PublicKey),
    };

    /// <summary>Whether the signature is right; true, too, when signature or key is empty, for then there is nothing to check.</summary>
    public bool Verify() => Signature.IsEmpty || PublicKey.IsEmpty || Ed25519.Verify(PublicKey.AsSpan(), ComputeDigest().AsSpan(), Signature.AsSpan());

    /// <summary>Whether this is the unsigned timer of that time and entropy.</summary>
    internal bool IsUnsigned(ulong timeUs, in Hash32 entropy) => TimeUs == timeUs && Entropy == entropy && Signature.IsEmpty && PublicKey.IsEmpty;

    /// <summary>The hex form: the low 56 bits of the time and the first 25 bytes of the digest, 64 lower-case characters.</summary>
    public string ToHex()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong) + HexDigestBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, TimestampUs);
        ComputeDigest().AsSpan()[..HexDigestBytes].CopyTo(bytes[sizeof(ulong)..]);
        return Convert.ToHexStringLower(bytes[(sizeof(ulong) - HexTimeBytes)..]);
    }

    /// <summary>Reads the hex form, 64 characters of either case.</summary>
    /// <remarks>
    /// The form keeps too little to get the timer back: the result has the same time (if below 2^56) and an entropy made of the 25 digest bytes and the first seven of
    /// BLAKE3(these || time), so its own digest, and hence its hex form, differ from the text.
    /// </remarks>
    public static bool TryParseHex(ReadOnlySpan<char> hex, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out HashTimer? timer)
    {
        timer = null;
        if (!Hash32.TryParse(hex, out var packed)) return false;

        Span<byte> input = stackalloc byte[HexDigestBytes + sizeof(ulong)];
        packed.AsSpan()[HexTimeBytes..].CopyTo(input);
        var time = input[HexDigestBytes..];
        time[0] = 0;
        packed.AsSpan()[..HexTimeBytes].CopyTo(time[1..]);

        Span<byte> entropy = stackalloc byte[Hash32.Size];
        input[..HexDigestBytes].CopyTo(entropy);
        Blake3.Hash(input).AsSpan()[..HexTimeBytes].CopyTo(entropy[HexDigestBytes..]);
        timer = new HashTimer { TimestampUs = BinaryPrimitives.ReadInt64BigEndian(time), Entropy = new Hash32(entropy) };
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(HashTimer? other)
    {
        if (other is null) return 1;
        var order = TimestampUs.CompareTo(other.TimestampUs);
        if (order == 0) order = ComputeDigest().CompareTo(other.ComputeDigest());
        if (order == 0) order = Signature.AsSpan().SequenceCompareTo(other.Signature.AsSpan());
        return order != 0 ? order : PublicKey.AsSpan().SequenceCompareTo(other.PublicKey.AsSpan());
    }

    /// <summary>Earlier first.</summary>
    public static bool operator <(HashTimer left, HashTimer right) => left.CompareTo(right) < 0;

    /// <summary>Earlier first.</summary>
    public static bool operator >(HashTimer left, HashTimer right) => left.CompareTo(right) > 0;

    /// <summary>Earlier first.</summary>
    public static bool operator <=(HashTimer left, HashTimer right) => left.CompareTo(right) <= 0;

    /// <summary>Earlier first.</summary>
    public static bool operator >=(HashTimer left, HashTimer right) => left.CompareTo(right) >= 0;
}
