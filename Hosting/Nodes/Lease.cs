namespace IppanFleet.Hosting.Nodes;

/// <summary>
/// The right to run a node until a deadline of the monotonic clock. It counts from when its holder began to ask storage, not
/// from the answer: whoever takes the node over waits that long from the moment on at which storage refuses the old holder.
/// </summary>
internal sealed class Lease(TimeSpan length, long begun, TimeProvider time)
{
    private long _begun = begun;

    /// <summary>Whether the holder must have stopped. Once it is so, it stays so.</summary>
    internal bool IsExpired => time.GetElapsedTime(Volatile.Read(ref _begun)) >= length;

    /// <summary>Storage still knows the holder. False when that comes too late.</summary>
    /// <param name="begun">The monotonic timestamp from before storage was asked.</param>
    internal bool TryRenew(long begun)
    {
        if (IsExpired) return false;
        if (begun > Volatile.Read(ref _begun)) Volatile.Write(ref _begun, begun);
        return true;
    }
}
