using System.Security.Cryptography;

namespace IppanFleet.Libp2p.Crypto;

/// <summary>An RSA key pair, private half as PKCS#1 (RFC 8017 §A.1.2).</summary>
internal sealed class RsaPrivateKey : ISigningKey
{
    private readonly RSA _key;
    private readonly byte[] _publicKey;
    private readonly Lock _gate = new();

    private RsaPrivateKey(RSA key) => (_key, _publicKey) = (key, key.ExportSubjectPublicKeyInfo());

    /// <inheritdoc/>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    internal static RsaPrivateKey Generate(int bits) => new(RSA.Create(bits));

    /// <summary>Reads a key pair; null when it is none.</summary>
    internal static RsaPrivateKey? TryImport(ReadOnlySpan<byte> data)
    {
        var key = RSA.Create();
        try
        {
            key.ImportRSAPrivateKey(data, out var read);
            if (read == data.Length) return new RsaPrivateKey(key);
        }
        catch (CryptographicException)
        {
            // Not a key pair: told by the null.
        }
        key.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public int Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        // The BCL promises nothing about one key on several threads.
        lock (_gate) return _key.SignData(message, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <inheritdoc/>
    public byte[] Export()
    {
        lock (_gate) return _key.ExportRSAPrivateKey();
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
