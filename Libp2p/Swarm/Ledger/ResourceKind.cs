namespace IppanFleet.Libp2p.Swarm;

/// <summary>What is counted against a limit.</summary>
public enum ResourceKind
{
    /// <summary>Connections of both directions.</summary>
    Connections,

    /// <summary>Connections that the remote dialed.</summary>
    InboundConnections,

    /// <summary>Connections that we dialed.</summary>
    OutboundConnections,

    /// <summary>Streams that remotes opened and that are being served.</summary>
    InboundStreams,

    /// <summary>Streams that we opened.</summary>
    OutboundStreams,

    /// <summary>Bytes that were reserved for connections and messages.</summary>
    Memory,

    /// <summary>Inbound connections whose handshake is under way.</summary>
    Handshakes,
}

/// <summary>Whose use a limit bounds, from the narrowest to the widest.</summary>
public enum ResourceScope
{
    /// <summary>One peer, over all of its connections.</summary>
    Peer,

    /// <summary>One remote host: an IPv4 address, or an IPv6 /64 (what one machine is commonly given).</summary>
    Ip,

    /// <summary>One remote network: an IPv4 /24, or an IPv6 /56.</summary>
    Subnet,

    /// <summary>One protocol id.</summary>
    Protocol,

    /// <summary>One host of ours.</summary>
    Node,

    /// <summary>All hosts that share one <see cref="ProcessResources"/>.</summary>
    Process,
}

/// <summary>A refusal of the resource ledger: which limit, whose, how much of it is used, and the option that raises it.</summary>
/// <param name="Kind">What was asked for.</param>
/// <param name="Scope">Whose limit it is.</param>
/// <param name="Owner">The peer, address, network, protocol or host that has used it up.</param>
/// <param name="Use">How much is in use now.</param>
/// <param name="Limit">How much may be.</param>
/// <param name="Option">The option that raises the limit.</param>
public sealed record ResourceRefusal(ResourceKind Kind, ResourceScope Scope, string Owner, long Use, long Limit, string Option)
{
    /// <summary>One line for logs and exceptions.</summary>
    public override string ToString() => $"{Describe()} of {Owner}: {Use} in use, at most {Limit} ({Option})";

    private string Describe() => Kind switch
    {
        ResourceKind.Connections => "connections",
        ResourceKind.InboundConnections => "inbound connections",
        ResourceKind.OutboundConnections => "outbound connections",
        ResourceKind.InboundStreams => "inbound streams",
        ResourceKind.OutboundStreams => "outbound streams",
        ResourceKind.Memory => "bytes",
        _ => "handshakes under way",
    };
}
