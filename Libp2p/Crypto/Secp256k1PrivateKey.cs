using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace IppanFleet.Libp2p.Crypto;

/// <summary>A secp256k1 key pair, private half as 32 bytes.</summary>
internal sealed class Secp256k1PrivateKey : ISigningKey
{
    /// <summary>The order of the group (SEC 2 §2.4.1).</summary>
    private static readonly BigInteger Order = new(Convert.FromHexString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"), isUnsigned: true, isBigEndian: true);

    private readonly ECDsa _key;
    private readonly byte[] _publicKey = new byte[Secp256k1Keys.CompressedSize];
    private readonly Lock _gate = new();

    private Secp256k1PrivateKey(ECDsa key)
    {
        _key = key;
        if (Secp256k1Keys.Compress(EllipticCurve.Secp256k1.PointOf(key), _publicKey) != KeyFault.None) throw new CryptographicException("libcrypto refused a secp256k1 key of its own.");
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    internal static Secp256k1PrivateKey Generate() => new(ECDsa.Create(EllipticCurve.Secp256k1.Parameters));

    /// <summary>Reads a private key; null when it is not one of 1 to the group's order − 1.</summary>
    internal static Secp256k1PrivateKey? TryImport(ReadOnlySpan<byte> data)
    {
        if (data.Length != Secp256k1Keys.SecretSize || data.IndexOfAnyExcept((byte)0) < 0 || new BigInteger(data, isUnsigned: true, isBigEndian: true) >= Order) return null;
        var secret = data.ToArray();
        try
        {
            return new Secp256k1PrivateKey(ECDsa.Create(new ECParameters { Curve = EllipticCurve.Secp256k1.Parameters, D = secret }));
        }
        catch (CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <inheritdoc/>
    public int Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Span<byte> numbers = stackalloc byte[2 * Secp256k1Keys.SecretSize];
        // The BCL promises nothing about one key on several threads.
        lock (_gate)
        {
            if (!_key.TrySignData(message, numbers, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out var written) || written != numbers.Length)
            {
                throw new CryptographicException("A secp256k1 signature did not fit.");
            }
        }
        // js- and rust-libp2p take the lower of the two valid S only.
        var s = new BigInteger(numbers[Secp256k1Keys.SecretSize..], isUnsigned: true, isBigEndian: true);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new BigInteger(numbers[..Secp256k1Keys.SecretSize], isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(s > Order / 2 ? Order - s : s);
        }
        return writer.Encode(signature);
    }

    /// <inheritdoc/>
    public byte[] Export()
    {
        lock (_gate) return _key.ExportParameters(includePrivateParameters: true).D!;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
