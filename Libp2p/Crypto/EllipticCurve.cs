using System.Security.Cryptography;

namespace IppanFleet.Libp2p.Crypto;

/// <summary>A curve that libp2p's keys lie on, and ECDSA over it with SHA-256 (FIPS 186-5 §6).</summary>
internal sealed class EllipticCurve
{
    /// <summary>The mark of an uncompressed point (SEC 1 §2.3.3): X and Y follow.</summary>
    internal const byte Uncompressed = 4;

    private readonly Lazy<bool> _isAvailable;

    private EllipticCurve(string objectId, int coordinateSize, string head = "")
    {
        (ObjectId, CoordinateSize, InfoHead) = (objectId, coordinateSize, Convert.FromHexString(head));
        _isAvailable = new Lazy<bool>(Probe);
    }

    internal static EllipticCurve Secp256k1 { get; } = new("1.3.132.0.10", 32);

    /// <summary>NIST's curves, as libp2p's key type ECDSA has them.</summary>
    internal static IReadOnlyList<EllipticCurve> Nist { get; } =
    [
        new("1.2.840.10045.3.1.7", 32, "3059301306072a8648ce3d020106082a8648ce3d030107034200"),
        new("1.3.132.0.34", 48, "3076301006072a8648ce3d020106052b81040022036200"),
        new("1.3.132.0.35", 66, "30819b301006072a8648ce3d020106052b8104002303818600"),
    ];

    internal string ObjectId { get; }

    internal ECCurve Parameters => ECCurve.CreateFromValue(ObjectId);

    /// <summary>Bytes of X, and of Y.</summary>
    internal int CoordinateSize { get; }

    /// <summary>Bytes of an uncompressed point.</summary>
    internal int PointSize => 1 + (2 * CoordinateSize);

    /// <summary>All of a SubjectPublicKeyInfo (RFC 5480 §2) up to its uncompressed point: DER leaves no choice in it.</summary>
    internal ReadOnlyMemory<byte> InfoHead { get; }

    /// <summary>Whether this machine's libcrypto has the curve: some distributions leave curves out.</summary>
    internal bool IsAvailable => _isAvailable.Value;

    /// <summary>The curve of a SubjectPublicKeyInfo and its uncompressed point; null when it is another curve or another form.</summary>
    internal static EllipticCurve? OfInfo(ReadOnlySpan<byte> info, out ReadOnlySpan<byte> point)
    {
        foreach (var curve in Nist)
        {
            if (info.Length != curve.InfoHead.Length + curve.PointSize || !info.StartsWith(curve.InfoHead.Span)) continue;
            point = info[curve.InfoHead.Length..];
            return point[0] == Uncompressed ? curve : null;
        }
        point = default;
        return null;
    }

    /// <summary>Whether the DER signature is the key's over the message; <paramref name="point"/> is the uncompressed key, and one off the curve is just false.</summary>
    internal bool Verify(ReadOnlySpan<byte> point, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (point.Length != PointSize || point[0] != Uncompressed) return false;
        try
        {
            var place = new ECPoint { X = point.Slice(1, CoordinateSize).ToArray(), Y = point[(1 + CoordinateSize)..].ToArray() };
            using var key = ECDsa.Create(new ECParameters { Curve = Parameters, Q = place });
            return key.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    /// <summary>The uncompressed point of a key pair's public half.</summary>
    internal byte[] PointOf(ECDsa key)
    {
        var place = key.ExportParameters(includePrivateParameters: false).Q;
        return [Uncompressed, .. place.X!, .. place.Y!];
    }

    private bool Probe()
    {
        try
        {
            using var key = ECDsa.Create(Parameters);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
