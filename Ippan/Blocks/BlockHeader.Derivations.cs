using System.Runtime.InteropServices;

namespace IppanFleet.Ippan;

public sealed partial record BlockHeader
{
    /// <summary>The hash that <see cref="Id"/> must be (wire specification, section 4.2).</summary>
    public Hash32 ComputeId()
    {
        var input = new BytesBuilder(stackalloc byte[1024]);
        input.Add(Creator);
        input.AddBigEndian(Round);
        input.Add(HashTimer.ComputeDigest());
        input.Add(MerklePayload);
        input.Add(MerkleParents);
        input.Add(MemoryMarshal.AsBytes(ParentIds.AsSpan()));
        input.Add(MemoryMarshal.AsBytes(PayloadIds.AsSpan()));
        input.Add(VrfProof.AsSpan());
        var id = Blake3.Hash(input.Written);
        input.Dispose();
        return id;
    }

    /// <summary>The unsigned timer that a header with these fields must carry at <paramref name="timeUs"/>.</summary>
    public HashTimer ComputeHashTimer(ulong timeUs) => new() { TimestampUs = unchecked((long)timeUs), Entropy = ComputeEntropy(timeUs) };

    internal Hash32 ComputeEntropy(ulong timeUs)
    {
        var payload = new BytesBuilder(stackalloc byte[1024]);
        WriteHashTimerPayload(ref payload);
        var nonce = ComputeHashTimerNonce();
        var creator = Creator;
        var entropy = HashTimer.DeriveEntropy("block", timeUs, "block"u8, payload.Written, nonce.AsSpan(), creator.AsSpan());
        payload.Dispose();
        return entropy;
    }

    internal Hash32 ComputeHashTimerNonce()
    {
        var input = new BytesBuilder(stackalloc byte[1024]);
        input.AddBigEndian(Round);
        input.Add(Creator);
        input.Add(MemoryMarshal.AsBytes(ParentIds.AsSpan()));
        input.Add(MemoryMarshal.AsBytes(PayloadIds.AsSpan()));
        var nonce = Blake3.Hash(input.Written);
        input.Dispose();
        return nonce;
    }

    internal byte[] GetHashTimerPayload()
    {
        var payload = new BytesBuilder(stackalloc byte[1024]);
        WriteHashTimerPayload(ref payload);
        var bytes = payload.Written.ToArray();
        payload.Dispose();
        return bytes;
    }

    private void WriteHashTimerPayload(ref BytesBuilder payload)
    {
        payload.AddBigEndian(Round);
        payload.Add(Creator);
        payload.Add(MerklePayload);
        payload.Add(MerkleParents);
        payload.Add(MemoryMarshal.AsBytes(ParentIds.AsSpan()));
        payload.Add(MemoryMarshal.AsBytes(PayloadIds.AsSpan()));
    }
}
