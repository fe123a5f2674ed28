namespace IppanFleet.Libp2p.Identity;

/// <summary>The key types of libp2p and how each is carried (https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md §Key Types).</summary>
public enum KeyType
{
    /// <summary>RSA of 2,048 to 8,192 bits: PKCS#1 v1.5 with SHA-256; public keys as SubjectPublicKeyInfo, private ones as PKCS#1, both DER.</summary>
    Rsa = 0,

    /// <summary>Ed25519: 32 bytes of public key, 64 bytes of private key (seed ‖ public key).</summary>
    Ed25519 = 1,

    /// <summary>ECDSA over secp256k1 with SHA-256, signatures in DER: a compressed point of 33 bytes, a private key of 32.</summary>
    Secp256k1 = 2,

    /// <summary>ECDSA over P-256, P-384 or P-521 with SHA-256, signatures in DER: public keys as SubjectPublicKeyInfo, private ones as SEC 1, both DER.</summary>
    Ecdsa = 3,
}
