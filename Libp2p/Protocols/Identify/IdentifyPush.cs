using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Swarm;

namespace IppanFleet.Libp2p.Protocols.Identify;

/// <summary>Tells connected peers when our addresses or protocols change: soon, but no more often than an interval; changes in between travel together.</summary>
internal sealed class IdentifyPush
{
    private const int AtATime = 16;

    private readonly PeerSwarm _swarm;
    private readonly TimeSpan _interval;
    private readonly Func<PeerConnection, Task> _push;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private DateTimeOffset _next = DateTimeOffset.MinValue;
    private bool _waiting;

    /// <summary><paramref name="push"/> tells one peer; it never faults and is bounded in time.</summary>
    internal IdentifyPush(PeerSwarm swarm, TimeSpan interval, Func<PeerConnection, Task> push)
    {
        (_swarm, _interval, _push) = (swarm, interval, push);
        _timer = swarm.Time.CreateTimer(static me => _ = ((IdentifyPush)me!).PushAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        swarm.Stopping.Register(static timer => ((ITimer)timer!).Dispose(), _timer);
    }

    internal void Schedule()
    {
        if (_swarm.ConnectionCount == 0) return;
        lock (_gate)
        {
            if (_waiting) return;
            _waiting = true;
            var now = _swarm.Time.GetUtcNow();
            _timer.Change(_next > now ? _next - now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task PushAsync()
    {
        lock (_gate)
        {
            _waiting = false;
            _next = _swarm.Time.GetUtcNow() + _interval;
        }
        var running = new List<Task>(AtATime);
        foreach (PeerId peer in _swarm.Peers)
        {
            if (_swarm.FindConnection(peer) is not { } connection || _swarm.FindInfo(peer) is not { } info || !info.Protocols.Contains(IdentifyProtocol.PushId, StringComparer.Ordinal)) continue;
            running.Add(_push(connection));
            if (running.Count < AtATime) continue;
            await Task.WhenAll(running).ConfigureAwait(false);
            running.Clear();
        }
        await Task.WhenAll(running).ConfigureAwait(false);
    }
}
