namespace IppanFleet.Libp2p;

/// <summary>A cancellation that comes by itself after a time of the host's clock, or with one of the tokens that it was given. Disposed of when what it bounds is over.</summary>
internal readonly struct Deadline : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _first, _second;

    internal Deadline(TimeProvider time, TimeSpan timeout, CancellationToken first, CancellationToken second = default)
    {
        _source = new CancellationTokenSource(timeout, time);
        _first = Follow(first, _source);
        _second = Follow(second, _source);
    }

    /// <summary>Ends when the time is over or one of the tokens has ended.</summary>
    internal CancellationToken Token => _source.Token;

    public void Dispose()
    {
        // The registrations first: each waits for its callback if that is running, so that none cancels a source that is gone.
        _first.Dispose();
        _second.Dispose();
        _source.Dispose();
    }

    private static CancellationTokenRegistration Follow(CancellationToken token, CancellationTokenSource source) =>
        token.CanBeCanceled ? token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source) : default;
}
