namespace IppanFleet.Libp2p.Crypto;

/// <summary>Public keys of libp2p's type ECDSA: a SubjectPublicKeyInfo with an uncompressed point of one of NIST's curves.</summary>
internal static class EcdsaKeys
{
    /// <summary>Judges a key by its encoding; whether the point lies on the curve is left to the verification.</summary>
    internal static KeyFault Check(ReadOnlySpan<byte> info) => EllipticCurve.OfInfo(info, out _) switch
    {
        null => KeyFault.EcdsaCurve,
        { IsAvailable: false } => KeyFault.EcdsaMissing,
        _ => KeyFault.None,
    };

    /// <summary>Whether the DER signature is the key's; anything that <see cref="Check"/> refuses is false.</summary>
    internal static bool Verify(ReadOnlySpan<byte> info, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        EllipticCurve.OfInfo(info, out var point) is { } curve && curve.Verify(point, message, signature);
}
