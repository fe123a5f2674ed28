namespace IppanFleet.Ippan;

public sealed partial record Transaction
{
    private const string HashTimerContext = "transaction";

    /// <summary>The bytes that the sender signs (wire specification, section 3.2).</summary>
    public byte[] GetMessageBytes()
    {
        var message = new BytesBuilder(stackalloc byte[512]);
        WriteMessage(ref message);
        var bytes = message.Written.ToArray();
        message.Dispose();
        return bytes;
    }

    /// <summary>BLAKE3 of the signed bytes and the signature: what <see cref="Id"/> must be.</summary>
    public Hash32 ComputeId()
    {
        var message = new BytesBuilder(stackalloc byte[512]);
        WriteMessage(ref message);
        message.Add(Signature.AsSpan());
        var id = Blake3.Hash(message.Written);
        message.Dispose();
        return id;
    }

    /// <summary>The unsigned timer that a transaction with these fields must carry.</summary>
    public HashTimer ComputeHashTimer() => new() { TimestampUs = unchecked((long)TimestampUs), Entropy = ComputeEntropy() };

    /// <summary>What the HashTimer is derived from. Topics, envelope and proof are not in it.</summary>
    internal byte[] GetHashTimerPayload()
    {
        var payload = new BytesBuilder(stackalloc byte[512]);
        WriteHashTimerPayload(ref payload);
        var bytes = payload.Written.ToArray();
        payload.Dispose();
        return bytes;
    }

    private Hash32 ComputeEntropy()
    {
        var payload = new BytesBuilder(stackalloc byte[512]);
        WriteHashTimerPayload(ref payload);
        Span<byte> nonce = stackalloc byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(nonce, Nonce);
        var from = From;
        var entropy = HashTimer.DeriveEntropy(HashTimerContext, TimestampUs, "transaction"u8, payload.Written, nonce, from.AsSpan());
        payload.Dispose();
        return entropy;
    }

    private void WriteHashTimerPayload(ref BytesBuilder payload)
    {
        payload.Add(From);
        payload.Add(To);
        payload.AddBigEndian(Amount);
        payload.AddBigEndian(Nonce);
        WriteOptional(ref payload, HandleOperation);
    }

    private void WriteMessage(ref BytesBuilder message)
    {
        message.Add(From);
        message.Add(To);
        message.AddBigEndian(Amount);
        message.AddBigEndian(Nonce);
        message.AddBigEndian(HashTimer.TimeUs);
        message.Add(HashTimer.Entropy);
        message.AddBigEndian(TimestampUs);
        message.Add((byte)Visibility);
        message.AddBigEndian((uint)Topics.Count);
        foreach (var topic in Topics) message.AddPrefixed(topic);
        WriteOptional(ref message, HandleOperation);
        WriteOptional(ref message, Confidential);
        WriteOptional(ref message, Proof);
    }

    private static void WriteOptional(ref BytesBuilder bytes, ISignedPart? part)
    {
        bytes.Add(part is null ? (byte)0 : (byte)1);
        part?.WriteTo(ref bytes);
    }
}
