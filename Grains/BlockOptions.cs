namespace IppanFleet.Grains;

/// <summary>How long blocks are kept for those who ask for them, and how many.</summary>
public sealed record BlockOptions
{
    /// <summary>How long a block is kept. Default 10 min.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Blocks that are kept; the oldest make room. Default 16,384.</summary>
    public int MaxBlocks { get; init; } = 16_384;

    /// <summary>Bytes that they may have together as they are stored; the oldest make room. Default 256 MiB.</summary>
    public long MaxBytes { get; init; } = 256L << 20;
}
