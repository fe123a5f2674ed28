namespace IppanFleet.Libp2p.Crypto;

/// <summary>The private half of a key pair of any type. Thread-safe; never prints its secret.</summary>
internal interface ISigningKey : IDisposable
{
    /// <summary>The public half as libp2p's protobuf carries it.</summary>
    ReadOnlySpan<byte> PublicKey { get; }

    /// <summary>Writes the signature over <paramref name="message"/> and says how long it is.</summary>
    int Sign(ReadOnlySpan<byte> message, Span<byte> signature);

    /// <summary>The private half as libp2p's protobuf carries it; the caller clears it after use.</summary>
    byte[] Export();
}
