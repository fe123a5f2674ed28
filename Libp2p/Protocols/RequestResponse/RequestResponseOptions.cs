namespace IppanFleet.Libp2p.Protocols.RequestResponse;

/// <summary>The bounds of a request/response protocol.</summary>
public sealed record RequestResponseOptions
{
    /// <summary>The largest request, in bytes. Default 64 KiB.</summary>
    public int MaxRequestSize { get; init; } = 64 * 1024;

    /// <summary>The largest response, in bytes. Default 1 MiB.</summary>
    public int MaxResponseSize { get; init; } = 1024 * 1024;

    /// <summary>From the first byte to the last of one exchange, on either side. Default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests of one peer that are served at a time; further ones are reset. Default 8.</summary>
    public int MaxInboundPerPeer { get; init; } = 8;

    /// <summary>Requests that are served at a time; further ones are reset. Default 256.</summary>
    public int MaxInbound { get; init; } = 256;

    /// <summary>Requests that we have under way with one peer; further ones are refused. Default 16.</summary>
    public int MaxOutboundPerPeer { get; init; } = 16;
}
