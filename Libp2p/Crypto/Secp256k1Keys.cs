namespace IppanFleet.Libp2p.Crypto;

/// <summary>Public keys of libp2p's type secp256k1: points in SEC 1 form (§2.3.3), shown compressed.</summary>
internal static class Secp256k1Keys
{
    /// <summary>Bytes of a private key.</summary>
    internal const int SecretSize = 32;

    /// <summary>Bytes of a compressed point.</summary>
    internal const int CompressedSize = 33;

    private static readonly nint Group = LibCrypto.EC_GROUP_new_by_curve_name(LibCrypto.Secp256k1);

    /// <summary>Writes the compressed form of a point given compressed or not: both are the same key and the same peer.</summary>
    internal static KeyFault Compress(ReadOnlySpan<byte> point, Span<byte> compressed)
    {
        if (Group == 0 || !EllipticCurve.Secp256k1.IsAvailable) return KeyFault.Secp256k1Missing;
        var isForm = point.Length == CompressedSize ? point[0] is 2 or 3 : point.Length == EllipticCurve.Secp256k1.PointSize && point[0] == EllipticCurve.Uncompressed;
        return isForm && TryConvert(point, LibCrypto.CompressedPoint, compressed) ? KeyFault.None : KeyFault.Malformed;
    }

    /// <summary>Whether the DER signature is that of the compressed key; anything that <see cref="Compress"/> refuses is false. S may be high, as go-libp2p takes it.</summary>
    internal static bool Verify(ReadOnlySpan<byte> compressed, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> point = stackalloc byte[EllipticCurve.Secp256k1.PointSize];
        return Group != 0 && TryConvert(compressed, LibCrypto.UncompressedPoint, point) && EllipticCurve.Secp256k1.Verify(point, message, signature);
    }

    private static bool TryConvert(ReadOnlySpan<byte> point, int form, Span<byte> output)
    {
        var place = LibCrypto.EC_POINT_new(Group);
        try
        {
            // Reading checks that the point is on the curve.
            var converted = LibCrypto.EC_POINT_oct2point(Group, place, point, (nuint)point.Length, 0) == 1
                && LibCrypto.EC_POINT_point2oct(Group, place, form, output, (nuint)output.Length, 0) == (nuint)output.Length;
            if (!converted) LibCrypto.ERR_clear_error();
            return converted;
        }
        finally
        {
            LibCrypto.EC_POINT_free(place);
        }
    }
}
