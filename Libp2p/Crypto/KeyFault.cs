namespace IppanFleet.Libp2p.Crypto;

/// <summary>Why a public key was refused, before anything that it signed was looked at.</summary>
public enum KeyFault
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>Its protobuf or what is in it breaks its encoding.</summary>
    Malformed,

    /// <summary>An RSA key below 2,048 bits.</summary>
    RsaTooSmall,

    /// <summary>An RSA key above 8,192 bits, which would cost too much to verify with (CVE-2023-39533).</summary>
    RsaTooLarge,

    /// <summary>An RSA exponent that is even, below 3 or above 2³¹ − 1.</summary>
    RsaExponent,

    /// <summary>An ECDSA key that is not an uncompressed point of P-256, P-384 or P-521.</summary>
    EcdsaCurve,

    /// <summary>The libcrypto of this machine lacks secp256k1.</summary>
    Secp256k1Missing,

    /// <summary>The libcrypto of this machine lacks that curve of NIST's.</summary>
    EcdsaMissing,
}

/// <summary>Faults of keys in words.</summary>
internal static class KeyFaults
{
    /// <summary>What is wrong, to stand behind a colon or "the key".</summary>
    internal static string Explain(this KeyFault fault) => fault switch
    {
        KeyFault.RsaTooSmall => $"is RSA of less than {RsaKeys.MinBits} bits",
        KeyFault.RsaTooLarge => $"is RSA of more than {RsaKeys.MaxBits} bits",
        KeyFault.RsaExponent => "is RSA with an exponent that is even, below 3 or above 2^31 - 1",
        KeyFault.EcdsaCurve => "is ECDSA in another form than an uncompressed point of P-256, P-384 or P-521",
        KeyFault.Secp256k1Missing => "is of type secp256k1, which this machine's libcrypto lacks",
        KeyFault.EcdsaMissing => "is ECDSA over a curve that this machine's libcrypto lacks",
        _ => "is malformed",
    };
}
