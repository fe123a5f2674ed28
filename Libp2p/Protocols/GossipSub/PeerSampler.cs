namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Draws peers at random. Reuses one list: what it answers is valid until the next draw.</summary>
internal sealed class PeerSampler(Random random)
{
    private readonly List<PeerState> _candidates = [];

    /// <summary>Begins a new draw.</summary>
    public void Reset() => _candidates.Clear();

    public void Add(PeerState peer) => _candidates.Add(peer);

    public int Count => _candidates.Count;

    /// <summary>At most <paramref name="count"/> of the peers added since <see cref="Reset"/>, in random order.</summary>
    public ReadOnlySpan<PeerState> Draw(int count)
    {
        var span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_candidates);
        count = Math.Min(count, span.Length);
        for (var i = 0; i < count; i++)
        {
            var other = random.Next(i, span.Length);
            (span[i], span[other]) = (span[other], span[i]);
        }
        return span[..Math.Max(0, count)];
    }
}
