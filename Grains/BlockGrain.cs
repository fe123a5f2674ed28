using IppanFleet.Ippan;
using Orleans.Placement;
using Orleans.Runtime;

namespace IppanFleet.Grains;

/// <inheritdoc cref="IBlockGrain"/>
/// <remarks>
/// An activation lasts as long as somebody asks: a block that was only written leaves memory at once. Nothing here waits for the block's end; the storage
/// <see cref="FleetKeys.BlockStore"/> drops what has expired, and the oldest when there is too much.
/// </remarks>
[GrainType("ippan-block"), PreferLocalPlacement]
public sealed class BlockGrain([PersistentState("block", FleetKeys.BlockStore)] IPersistentState<BlockState> state, BlockOptions options, TimeProvider time) : Grain, IBlockGrain
{
    private bool IsKept => state.RecordExists && time.GetUtcNow() < state.State.Until;

    /// <inheritdoc/>
    public async Task<bool> Keep(BlockRecord block)
    {
        if (block.Id.Length != Hash32.Size || Convert.ToHexStringLower(block.Id) != this.GetPrimaryKeyString()) throw new ArgumentException("The block has another id.", nameof(block));
        if (block.Data.Length > FleetKeys.MaxBlockBytes) throw new ArgumentException($"The block has {block.Data.Length} bytes, more than {FleetKeys.MaxBlockBytes}.", nameof(block));
        DeactivateOnIdle();
        if (IsKept) return false;
        (state.State.Data, state.State.Node, state.State.At, state.State.Until) = (block.Data, block.Node, block.At, time.GetUtcNow() + options.Lifetime);
        await state.WriteStateAsync();
        return true;
    }

    /// <inheritdoc/>
    public Task<BlockRecord?> Find()
    {
        if (!IsKept)
        {
            // Whoever asks for what is not there must not fill the memory with its absence.
            DeactivateOnIdle();
            return Task.FromResult<BlockRecord?>(null);
        }

        return Task.FromResult<BlockRecord?>(new BlockRecord { Id = Convert.FromHexString(this.GetPrimaryKeyString()), Data = state.State.Data, Node = state.State.Node, At = state.State.At });
    }
}
