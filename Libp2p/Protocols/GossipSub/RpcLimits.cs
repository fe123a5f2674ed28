namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>The visit that comes first: counts the parts of an RPC and refuses it as a whole before any of it has an effect.</summary>
internal ref struct RpcLimits(GossipSubOptions options) : IRpcVisitor
{
    private int _subscriptions, _messages, _entries, _ids;

    /// <summary>The limit that was exceeded, or null.</summary>
    public string? Rule { get; private set; }

    /// <summary>Messages counted so far.</summary>
    public readonly int Messages => _messages;

    public bool Subscription(ReadOnlySpan<byte> topic, bool subscribe) =>
        Within(ref _subscriptions, 1, options.MaxSubscriptionsPerRpc, "subscriptions in an RPC") && IsTopic(topic);

    public bool Message(int offset, int length) => Within(ref _messages, 1, options.MaxMessagesPerRpc, "messages in an RPC");

    public bool Graft(ReadOnlySpan<byte> topic) => Entry() && IsTopic(topic);

    public bool Prune(ReadOnlySpan<byte> topic, ulong backoff) => Entry() && IsTopic(topic);

    public bool IHave(ReadOnlySpan<byte> topic, MessageIdList ids) => Entry() && IsTopic(topic) && Ids(ids);

    public bool IWant(MessageIdList ids) => Entry() && Ids(ids);

    public bool IDontWant(MessageIdList ids) => Entry() && Ids(ids);

    private bool Entry() => Within(ref _entries, 1, options.MaxControlEntriesPerRpc, "control entries in an RPC");

    private bool Ids(MessageIdList ids) => Within(ref _ids, ids.Count, options.MaxIdsPerRpc, "message ids in an RPC");

    private bool IsTopic(ReadOnlySpan<byte> topic)
    {
        if (topic.Length <= Topic.MaxBytes) return true;
        Rule = $"a topic of {topic.Length} bytes; at most {Topic.MaxBytes} are taken";
        return false;
    }

    private bool Within(ref int counter, int more, int limit, string what)
    {
        counter += more;
        if (counter <= limit) return true;
        Rule = $"more than {limit} {what}";
        return false;
    }
}
