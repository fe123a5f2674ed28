namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Field numbers of the pubsub RPC (pubsub specification §The RPC; GossipSub 1.0 to 1.2 §Protobuf).</summary>
internal static class RpcFields
{
    public const int Subscriptions = 1, Publish = 2, Control = 3;

    public const int SubscriptionIsSubscribe = 1, SubscriptionTopic = 2;

    public const int MessageFrom = 1, MessageData = 2, MessageSequence = 3, MessageTopic = 4, MessageSignature = 5, MessageKey = 6;

    public const int ControlIHave = 1, ControlIWant = 2, ControlGraft = 3, ControlPrune = 4, ControlIDontWant = 5;

    /// <summary>The topic of IHAVE, GRAFT and PRUNE.</summary>
    public const int EntryTopic = 1;

    public const int IHaveIds = 2, IWantIds = 1, IDontWantIds = 1, PruneBackoff = 3;
}
