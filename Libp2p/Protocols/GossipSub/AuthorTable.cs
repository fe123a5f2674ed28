using System.Diagnostics.CodeAnalysis;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>The authors whose messages we accepted, with the sequence numbers that they used. Bounded: the longest silent author goes first.</summary>
internal sealed class AuthorTable(int capacity, int replayWindow)
{
    private readonly Dictionary<PeerId, LinkedListNode<Author>> _authors = new(MultihashComparer.Instance);
    private readonly LinkedList<Author> _bySilence = new();

    public int Count => _authors.Count;

    /// <summary>Finds an author by the bytes of its peer id.</summary>
    public bool TryFind(ReadOnlySpan<byte> from, [NotNullWhen(true)] out Author? author)
    {
        author = _authors.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(from, out var node) ? node.Value : null;
        return author is not null;
    }

    /// <summary>Takes the number of an accepted message of <paramref name="peer"/>.</summary>
    public void Take(PeerId peer, ulong sequence)
    {
        if (_authors.TryGetValue(peer, out var node))
        {
            _bySilence.Remove(node);
        }
        else
        {
            if (_authors.Count >= capacity)
            {
                _authors.Remove(_bySilence.First!.Value.Peer);
                _bySilence.RemoveFirst();
            }
            node = new LinkedListNode<Author>(new Author(peer, new ReplayWindow(replayWindow)));
            _authors.Add(peer, node);
        }
        _bySilence.AddLast(node);
        node.Value.Window.Take(sequence);
    }

    internal sealed record Author(PeerId Peer, ReplayWindow Window);

    /// <summary>Lets the table be asked with bytes from the wire, without making a <see cref="PeerId"/> of them.</summary>
    private sealed class MultihashComparer : IEqualityComparer<PeerId>, IAlternateEqualityComparer<ReadOnlySpan<byte>, PeerId>
    {
        public static readonly MultihashComparer Instance = new();

        public bool Equals(PeerId? x, PeerId? y) => x == y;

        public int GetHashCode(PeerId obj) => GetHashCode(obj.Bytes);

        public bool Equals(ReadOnlySpan<byte> alternate, PeerId other) => other.Bytes.SequenceEqual(alternate);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public PeerId Create(ReadOnlySpan<byte> alternate) =>
            PeerId.TryFromBytes(alternate, out var peer) ? peer : throw new ArgumentException("These bytes are no peer id.", nameof(alternate));
    }
}
