namespace IppanFleet.Libp2p.Protocols.Identify;

/// <summary>What we tell of ourselves, and what we take of others.</summary>
public sealed record IdentifyOptions
{
    /// <summary>The protocol version, such as <c>/ippan/1.0.0</c>.</summary>
    public string ProtocolVersion { get; init; } = "ipfs/0.1.0";

    /// <summary>The agent, such as <c>ippan-p2p/0.1.0</c>.</summary>
    public string AgentVersion { get; init; } = "ippan-fleet";

    /// <summary>The largest message that is read, in bytes. Default 8 KiB.</summary>
    public int MaxMessageSize { get; init; } = 8 * 1024;

    /// <summary>Protocols that are kept of a peer. Default 1,024.</summary>
    public int MaxProtocols { get; init; } = 1024;

    /// <summary>Addresses that are kept of a peer. Default 64.</summary>
    public int MaxAddresses { get; init; } = 64;

    /// <summary>How long an exchange may take. Default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often peers are told at most when our addresses or protocols change. Default 5 s.</summary>
    public TimeSpan PushInterval { get; init; } = TimeSpan.FromSeconds(5);
}
