using IppanFleet.Ippan;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Hosting.Demo;

/// <summary>Makes what the generator publishes: valid signed transactions, and valid signed blocks that build on the ones before. Not thread-safe.</summary>
public sealed class DemoContent(TimeProvider time)
{
    private const int Parents = 4;

    private readonly IppanClock _clock = new(time);
    private readonly Queue<Hash32> _latest = new();
    private ulong _round;
    private ulong _nonce;

    /// <summary>A transfer to an account of the sender's that is not the sender: a transfer to oneself breaks a rule.</summary>
    public Transaction NextTransaction(Ed25519PrivateKey sender)
    {
        var number = ++_nonce;
        return Transaction.CreateSigned(sender, Blake3.Hash(sender.PublicKey), amount: number, nonce: number, _clock.NowUs());
    }

    /// <summary>A block of its creator with as many transactions, a round after the one before.</summary>
    public Block NextBlock(Ed25519PrivateKey creator, int transactions)
    {
        var payload = new Transaction[transactions];
        for (var i = 0; i < payload.Length; i++) payload[i] = NextTransaction(creator);
        var block = Block.Create(creator, ++_round, ValueList.Create<Hash32>(_latest.ToArray()), ValueList.Create<Transaction>(payload), _clock.NowUs());
        _latest.Enqueue(block.Id);
        if (_latest.Count > Parents) _latest.Dequeue();
        return block;
    }
}
