using System.Security.Cryptography;

namespace IppanFleet.Libp2p.Crypto;

/// <summary>An ECDSA key pair over one of NIST's curves, private half as SEC 1 (RFC 5915), which is what peers' files have; PKCS#8 (RFC 5958) is read as well.</summary>
internal sealed class EcdsaPrivateKey : ISigningKey
{
    private readonly ECDsa _key;
    private readonly byte[] _publicKey;
    private readonly Lock _gate = new();

    private EcdsaPrivateKey(ECDsa key, EllipticCurve curve) => (_key, _publicKey) = (key, [.. curve.InfoHead.Span, .. curve.PointOf(key)]);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    internal static EcdsaPrivateKey Generate()
    {
        var curve = EllipticCurve.Nist[0];
        return new EcdsaPrivateKey(ECDsa.Create(curve.Parameters), curve);
    }

    /// <summary>Reads a key pair; null when it is none of these curves.</summary>
    internal static EcdsaPrivateKey? TryImport(ReadOnlySpan<byte> data) => TryImport(data, isPkcs8: false) ?? TryImport(data, isPkcs8: true);

    /// <inheritdoc/>
    public int Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        // The BCL promises nothing about one key on several threads.
        lock (_gate)
        {
            return _key.TrySignData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence, out var written)
                ? written
                : throw new CryptographicException("An ECDSA signature did not fit.");
        }
    }

    /// <inheritdoc/>
    public byte[] Export()
    {
        lock (_gate) return _key.ExportECPrivateKey();
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static EcdsaPrivateKey? TryImport(ReadOnlySpan<byte> data, bool isPkcs8)
    {
        var key = ECDsa.Create();
        try
        {
            int read;
            if (isPkcs8) key.ImportPkcs8PrivateKey(data, out read);
            else key.ImportECPrivateKey(data, out read);
            var id = key.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value;
            if (read == data.Length && EllipticCurve.Nist.FirstOrDefault(c => string.Equals(c.ObjectId, id, StringComparison.Ordinal)) is { } curve) return new EcdsaPrivateKey(key, curve);
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            // Not a key pair: told by the null.
        }
        key.Dispose();
        return null;
    }
}
