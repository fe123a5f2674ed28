using System.Runtime.InteropServices;

namespace IppanFleet.Libp2p.Crypto;

/// <summary>The functions of OpenSSL's libcrypto 3 that the BCL does not expose (Ed25519, X25519, compressed points), or makes dear for small inputs (SHA-256).</summary>
internal static partial class LibCrypto
{
    private const string Library = "libcrypto.so.3";

    /// <summary>NID_X25519 of obj_mac.h.</summary>
    internal const int X25519 = 1034;

    /// <summary>NID_ED25519 of obj_mac.h.</summary>
    internal const int Ed25519 = 1087;

    /// <summary>NID_secp256k1 of obj_mac.h.</summary>
    internal const int Secp256k1 = 714;

    /// <summary>POINT_CONVERSION_COMPRESSED of ec.h.</summary>
    internal const int CompressedPoint = 2;

    /// <summary>POINT_CONVERSION_UNCOMPRESSED of ec.h.</summary>
    internal const int UncompressedPoint = 4;

    [LibraryImport(Library)]
    internal static partial EvpKey EVP_PKEY_new_raw_private_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    internal static partial EvpKey EVP_PKEY_new_raw_public_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_raw_public_key(EvpKey key, Span<byte> output, ref nuint length);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_raw_private_key(EvpKey key, Span<byte> output, ref nuint length);

    [LibraryImport(Library)]
    internal static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    internal static partial nint EVP_PKEY_CTX_new(EvpKey key, nint engine);

    [LibraryImport(Library)]
    internal static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive_init(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive_set_peer(nint context, EvpKey peer);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive(nint context, Span<byte> output, ref nuint length);

    [LibraryImport(Library)]
    internal static partial nint EVP_MD_CTX_new();

    [LibraryImport(Library)]
    internal static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestSignInit(nint context, nint keyContext, nint digest, nint engine, EvpKey key);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestSign(nint context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> data, nuint length);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestVerifyInit(nint context, nint keyContext, nint digest, nint engine, EvpKey key);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestVerify(nint context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> data, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    internal static partial DigestContext EVP_MD_CTX_new_owned();

    /// <summary>Looks an algorithm up, which takes longer than to hash a block; what it answers is kept for good.</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint EVP_MD_fetch(nint library, string algorithm, nint properties);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestInit_ex(DigestContext context, nint algorithm, nint engine);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestUpdate(DigestContext context, ReadOnlySpan<byte> data, nuint length);

    [LibraryImport(Library)]
    internal static partial int EVP_DigestFinal_ex(DigestContext context, Span<byte> output, out uint length);

    [LibraryImport(Library)]
    internal static partial nint EC_GROUP_new_by_curve_name(int curve);

    [LibraryImport(Library)]
    internal static partial nint EC_POINT_new(nint group);

    [LibraryImport(Library)]
    internal static partial void EC_POINT_free(nint point);

    [LibraryImport(Library)]
    internal static partial int EC_POINT_oct2point(nint group, nint point, ReadOnlySpan<byte> data, nuint length, nint context);

    [LibraryImport(Library)]
    internal static partial nuint EC_POINT_point2oct(nint group, nint point, int form, Span<byte> output, nuint length, nint context);

    [LibraryImport(Library)]
    internal static partial void ERR_clear_error();

    /// <summary>Says at start, in one sentence, what is missing when libcrypto 3 cannot be loaded.</summary>
    /// <exception cref="PlatformNotSupportedException">The library is absent.</exception>
    internal static void EnsureAvailable()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
        {
            throw new PlatformNotSupportedException(
                $"{Library} was not found: this libp2p stack takes Ed25519 and X25519 from OpenSSL 3. Install it (Debian, Ubuntu: libssl3) on a Linux host.");
        }
    }
}

/// <summary>An owned <c>EVP_PKEY</c>.</summary>
internal sealed class EvpKey() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_PKEY_free(handle);
        return true;
    }
}
