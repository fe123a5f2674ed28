namespace IppanFleet.Grains;

/// <summary>A block that is kept for those who ask for it, until it expires. Its key is the block's id in lower-case hex.</summary>
[Alias("ippan.block")]
public interface IBlockGrain : IGrainWithStringKey
{
    /// <summary>Keeps the block; false when it is kept already, and then nothing changes: the first to come stays.</summary>
    /// <exception cref="ArgumentException">Its id is not this grain's key, or it is larger than <see cref="FleetKeys.MaxBlockBytes"/>.</exception>
    [Alias("keep")]
    Task<bool> Keep(BlockRecord block);

    /// <summary>The block; null when it was never here or has expired.</summary>
    [Alias("find")]
    Task<BlockRecord?> Find();
}

/// <summary>A block as it came from the network.</summary>
[GenerateSerializer, Immutable, Alias("ippan.block-record")]
public sealed record BlockRecord
{
    /// <summary>The block's id, 32 bytes.</summary>
    [Id(0)] public byte[] Id { get; init; } = [];

    /// <summary>The message that it came in: <c>{"Block":{…}}</c>.</summary>
    [Id(1)] public byte[] Data { get; init; } = [];

    /// <summary>The node that heard it first in its silo, or published it.</summary>
    [Id(2)] public string Node { get; init; } = "";

    /// <summary>When that was.</summary>
    [Id(3)] public DateTimeOffset At { get; init; }
}
