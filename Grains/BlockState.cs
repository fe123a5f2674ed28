namespace IppanFleet.Grains;

/// <summary>A block as it is kept.</summary>
[GenerateSerializer, Alias("ippan.block-state")]
public sealed class BlockState
{
    /// <summary>The message that it came in; empty: there is none.</summary>
    [Id(0)] public byte[] Data { get; set; } = [];

    /// <summary>The node that heard it first in its silo.</summary>
    [Id(1)] public string Node { get; set; } = "";

    /// <summary>When that was.</summary>
    [Id(2)] public DateTimeOffset At { get; set; }

    /// <summary>From when on it is not handed out any more.</summary>
    [Id(3)] public DateTimeOffset Until { get; set; }
}
