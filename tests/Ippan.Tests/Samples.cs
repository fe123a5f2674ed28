using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Ippan.Tests;

/// <summary>Keys and values that tests share.</summary>
internal static class Samples
{
    public const ulong TimeUs = 1_700_000_000_000_000;

    public static Ed25519PrivateKey Key(byte number)
    {
        Span<byte> seed = stackalloc byte[32];
        seed.Fill(number);
        return Ed25519PrivateKey.FromSeed(seed);
    }

    public static Hash32 Filled(byte value)
    {
        Span<byte> bytes = stackalloc byte[32];
        bytes.Fill(value);
        return new Hash32(bytes);
    }

    public static ValueList<byte> Bytes(int count, byte value) => ValueList.Create<byte>(Enumerable.Repeat(value, count).ToArray());

    public static Transaction Transfer(byte sender = 1, ulong nonce = 1)
    {
        using var key = Key(sender);
        return Transaction.CreateSigned(key, Filled(9), 1000, nonce, TimeUs + nonce);
    }

    public static HandleRegistration Handle(Hash32 owner, string handle = "@user.ipn") => new() { Handle = handle, Owner = owner, Signature = Bytes(64, 1) };

    public static Block SignedBlock(int transactions)
    {
        using var key = Key(7);
        return Block.Create(key, 3, [Filled(1), Filled(2)], [.. Enumerable.Range(1, transactions).Select(nonce => Transfer(1, (ulong)nonce))], TimeUs);
    }
}
