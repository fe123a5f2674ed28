using IppanFleet.Ippan;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Hosting.Demo;

/// <summary>Makes what the generator publishes: valid signed transactions, and valid signed blocks that build on the ones before.</summary>
internal sealed class DemoContent(TimeProvider time)
{
    private const int Parents = 4;

    private readonly IppanClock _clock = new(time);
    private readonly Queue<Hash32> _latest = new();
    private ulong _round;
    private ulong _nonce;

    internal Transaction NextTransaction(Ed25519PrivateKey sender, Ed25519PrivateKey recipient)
    {
        var number = ++_nonce;
        return Transaction.CreateSigned(sender, new Hash32(recipient.PublicKey), amount: number, nonce: number, _clock.NowUs());
    }

    internal Block NextBlock(Ed25519PrivateKey creator, Ed25519PrivateKey recipient, int transactions)
    {
        var payload = new Transaction[transactions];
        for (var i = 0; i < payload.Length; i++) payload[i] = NextTransaction(creator, recipient);
        var block = Block.Create(creator, ++_round, ValueList.Create<Hash32>(_latest.ToArray()), ValueList.Create<Transaction>(payload), _clock.NowUs());
        _latest.Enqueue(block.Id);
        if (_latest.Count > Parents) _latest.Dequeue();
        return block;
    }
}
