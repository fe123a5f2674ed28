using System.Security.Cryptography;
using IppanFleet.Libp2p.Multiformats;
using Base58 = SimpleBase.Base58;

namespace IppanFleet.Libp2p.Identity;

/// <summary>A peer's name: the multihash of its public key (https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md). Shown in base58.</summary>
public sealed class PeerId : IEquatable<PeerId>, IComparable<PeerId>
{
    /// <summary>The longest multihash: an inlined key of 42 bytes with its two-byte head.</summary>
    public const int MaxSize = 44;

    private const int MaxInlineKey = 42;
    private const byte IdentityHash = 0x00;
    private const byte Sha256Hash = 0x12;
    private const byte CidVersion1 = 0x01;
    private const byte Libp2pKeyCodec = 0x72;
    private const int MaxTextLength = 128;

    private readonly byte[] _multihash;
    private readonly int _hash;
    private string? _text;

    private PeerId(byte[] multihash)
    {
        _multihash = multihash;
        // The tail is key or digest bytes: as good as random, but chosen by the peer, hence the per-process hash.
        var hash = new HashCode();
        hash.AddBytes(multihash);
        _hash = hash.ToHashCode();
    }

    /// <summary>The multihash bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _multihash;

    /// <summary>The multihash bytes as memory.</summary>
    public ReadOnlyMemory<byte> Memory => _multihash;

    /// <summary>The id of a public key given in libp2p's protobuf form: inlined up to 42 bytes, else its SHA-256.</summary>
    public static PeerId FromPublicKey(ReadOnlySpan<byte> protobuf)
    {
        if (protobuf.Length <= MaxInlineKey)
        {
            var inline = new byte[2 + protobuf.Length];
            (inline[0], inline[1]) = (IdentityHash, (byte)protobuf.Length);
            protobuf.CopyTo(inline.AsSpan(2));
            return new PeerId(inline);
        }
        var digest = new byte[2 + SHA256.HashSizeInBytes];
        (digest[0], digest[1]) = (Sha256Hash, SHA256.HashSizeInBytes);
        SHA256.HashData(protobuf, digest.AsSpan(2));
        return new PeerId(digest);
    }

    /// <summary>Takes a multihash: SHA-256, or an inlined key of at most 42 bytes; anything else is refused.</summary>
    public static bool TryFromBytes(ReadOnlySpan<byte> multihash, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PeerId? id)
    {
        id = null;
        if (multihash.Length < 3 || multihash[1] != multihash.Length - 2) return false;
        var valid = multihash[0] switch
        {
            Sha256Hash => multihash[1] == SHA256.HashSizeInBytes,
            IdentityHash => multihash[1] <= MaxInlineKey,
            _ => false,
        };
        if (valid) id = new PeerId(multihash.ToArray());
        return valid;
    }

    /// <summary>Reads base58 (<c>12D3…</c>, <c>Qm…</c>) or a CIDv1 of codec libp2p-key in base32, base36 or base58btc.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PeerId? id)
    {
        id = null;
        if (string.IsNullOrEmpty(text) || text.Length > MaxTextLength) return false;
        if (text[0] == '1' || text.StartsWith("Qm", StringComparison.Ordinal))
        {
            return Multibase.TryDecodeBase58(text, out var multihash) && TryFromBytes(multihash, out id);
        }
        return Multibase.TryDecode(text, out var cid)
            && cid.Length > 2 && cid[0] == CidVersion1 && cid[1] == Libp2pKeyCodec
            && TryFromBytes(cid.AsSpan(2), out id);
    }

    /// <summary>As <see cref="TryParse"/>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static PeerId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{SafeText.Shorten(text)}' is no peer id: expected base58 (12D3…, Qm…) or a CIDv1 of a libp2p key.");

    /// <summary>The public key in protobuf form, where the id carries it (all Ed25519 ids do).</summary>
    public bool TryGetInlineKey(out ReadOnlySpan<byte> protobuf)
    {
        protobuf = _multihash[0] == IdentityHash ? _multihash.AsSpan(2) : default;
        return !protobuf.IsEmpty;
    }

    /// <inheritdoc/>
    public bool Equals(PeerId? other) => ReferenceEquals(this, other) || (other is not null && _hash == other._hash && _multihash.AsSpan().SequenceEqual(other._multihash));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PeerId);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public int CompareTo(PeerId? other) => other is null ? 1 : _multihash.AsSpan().SequenceCompareTo(other._multihash);

    /// <summary>The base58 form.</summary>
    public override string ToString() => _text ??= Base58.Bitcoin.Encode(_multihash);

    /// <summary>Equality of the multihashes.</summary>
    public static bool operator ==(PeerId? left, PeerId? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Inequality of the multihashes.</summary>
    public static bool operator !=(PeerId? left, PeerId? right) => !(left == right);
}
