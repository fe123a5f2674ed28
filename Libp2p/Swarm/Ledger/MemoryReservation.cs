using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Muxers;

namespace IppanFleet.Libp2p.Swarm;

/// <summary>Memory that was asked for before it was allocated; disposing gives it back, once. Thread-safe.</summary>
public sealed class MemoryReservation : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ResourceLedger _ledger;
    private readonly ResourceClaim _claim;
    private long _bytes;
    private bool _disposed;

    internal MemoryReservation(ResourceLedger ledger, in ResourceClaim claim) => (_ledger, _claim, _bytes) = (ledger, claim, claim.Amount);

    /// <summary>Bytes that are reserved now.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Makes it <paramref name="bytes"/> in all and answers null; or says which limit stands against it, and it stays as it was. Shrinking is never refused.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public ResourceRefusal? TryResize(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (bytes > _bytes && _ledger.TryTake(_claim with { Amount = bytes - _bytes }) is { } refusal) return refusal;
            if (bytes < _bytes) _ledger.Release(_claim with { Amount = _bytes - bytes });
            _bytes = bytes;
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            if (_bytes > 0) _ledger.Release(_claim with { Amount = _bytes });
            _bytes = 0;
        }
    }
}

/// <summary>Counts the grown windows of a connection as memory of its peer.</summary>
internal sealed class WindowMemory(ResourceLedger ledger, PeerId peer) : IWindowBudget
{
    public bool TryGrow(long bytes) => ledger.TryTake(new ResourceClaim(ResourceKind.Memory, bytes, peer)) is null;

    public void Release(long bytes) => ledger.Release(new ResourceClaim(ResourceKind.Memory, bytes, peer));
}
