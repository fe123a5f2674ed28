using System.Text;
using IppanFleet.Libp2p.Protocols.GossipSub;

namespace IppanFleet.Libp2p.Tests.GossipSub;

/// <summary>The parts of RPCs, as values.</summary>
internal sealed class SentParts
{
    public List<(string Topic, bool Subscribe)> Subscriptions { get; } = [];

    public List<byte[]> Messages { get; } = [];

    public List<string> Grafts { get; } = [];

    public List<(string Topic, ulong Backoff)> Prunes { get; } = [];

    public List<(string Topic, List<MessageId> Ids)> IHaves { get; } = [];

    public List<MessageId> IWants { get; } = [];

    public List<MessageId> IDontWants { get; } = [];

    public readonly ref struct Collector(SentParts parts, ReadOnlySpan<byte> rpc) : IRpcVisitor
    {
        private readonly ReadOnlySpan<byte> _rpc = rpc;

        public bool Subscription(ReadOnlySpan<byte> topic, bool subscribe)
        {
            parts.Subscriptions.Add((Encoding.UTF8.GetString(topic), subscribe));
            return true;
        }

        public bool Message(int offset, int length)
        {
            parts.Messages.Add(_rpc.Slice(offset, length).ToArray());
            return true;
        }

        public bool Graft(ReadOnlySpan<byte> topic)
        {
            parts.Grafts.Add(Encoding.UTF8.GetString(topic));
            return true;
        }

        public bool Prune(ReadOnlySpan<byte> topic, ulong backoff)
        {
            parts.Prunes.Add((Encoding.UTF8.GetString(topic), backoff));
            return true;
        }

        public bool IHave(ReadOnlySpan<byte> topic, MessageIdList ids)
        {
            parts.IHaves.Add((Encoding.UTF8.GetString(topic), Read(ids)));
            return true;
        }

        public bool IWant(MessageIdList ids)
        {
            parts.IWants.AddRange(Read(ids));
            return true;
        }

        public bool IDontWant(MessageIdList ids)
        {
            parts.IDontWants.AddRange(Read(ids));
            return true;
        }

        private static List<MessageId> Read(MessageIdList ids)
        {
            var read = new List<MessageId>();
            while (ids.TryNext(out var id)) read.Add(id);
            return read;
        }
    }
}
