using System.Buffers;
using IppanFleet.Libp2p.Swarm;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>Our stream to one peer: opened while the peer is connected, opened anew with growing waits when it breaks, and written by one loop. It owns no timer; the node's heartbeat looks after it.</summary>
internal sealed class PeerLink(GossipSubProtocol owner, PeerState peer, PeerConnection connection, ISwarm swarm, GossipSubOptions options, ILogger logger)
{
    private const int LongestWait = 32;

    private readonly CancellationTokenSource _stop = new();
    private readonly OutboundRpc _rpc = new();
    private readonly List<PeerConnection> _inbound = new(1);
    private PeerStream? _stream;
    private int _attempts;
    private long _retryAt = long.MaxValue, _writingSince = long.MaxValue;

    public PeerState Peer { get; } = peer;

    /// <summary>The session under way, or the last one.</summary>
    public Task Session { get; private set; } = Task.CompletedTask;

    /// <summary>Whether the wait before the next session is over.</summary>
    public bool IsDue(TimeSpan now) => Volatile.Read(ref _retryAt) <= now.Ticks;

    /// <summary>Whether the peer has not read for too long.</summary>
    public bool IsStalled(TimeSpan now) => Volatile.Read(ref _writingSince) is var since && since != long.MaxValue && now.Ticks - since > options.WriteTimeout.Ticks;

    /// <summary>Starts a session; called with the router's state locked, as <see cref="Stop"/> is, so that none starts after the stop.</summary>
    public void Start()
    {
        Volatile.Write(ref _retryAt, long.MaxValue);
        _attempts++;
        Session = RunAsync();
    }

    /// <summary>Ends the stream of a stalled session.</summary>
    public void AbortStalled() => _stream?.Abort(ChannelFault.TimedOut, $"a write took longer than {options.WriteTimeout.TotalSeconds:0} s");

    /// <summary>Ends the session; <see cref="Session"/> completes soon after.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Takes in a stream that the peer opened towards us; guarded with the router's state, as is the other.</summary>
    public bool TryEnter(PeerConnection connection)
    {
        if (_inbound.Count >= options.MaxInboundStreams) return false;
        _inbound.Add(connection);
        return true;
    }

    public void Leave(PeerConnection connection) => _inbound.Remove(connection);

    /// <summary>Whether all connections that the link was used over are gone; a newer connection then gets a link of its own.</summary>
    public bool IsStale => connection.Closed.IsCancellationRequested && _inbound.TrueForAll(static inbound => inbound.Closed.IsCancellationRequested);

    private async Task RunAsync()
    {
        // The caller may be one of the swarm's own threads.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var started = owner.Now;
        var hopeless = false;
        try
        {
            var stream = await OpenAsync().ConfigureAwait(false);
            await using var closing = stream.ConfigureAwait(false);
            _stream = stream;
            owner.Greet(Peer, stream.Protocol);
            await WriteAsync(stream).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (SwarmException e)
        {
            hopeless = e.Fault == SwarmFault.UnsupportedProtocol;
            GossipSubLog.StreamFailed(logger, Peer.Id, e.Message);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            GossipSubLog.StreamFailed(logger, Peer.Id, e.Message);
        }
        catch (Exception e)
        {
            GossipSubLog.SessionFaulted(logger, Peer.Id, e);
        }
        finally
        {
            _stream = null;
            Volatile.Write(ref _writingSince, long.MaxValue);
        }
        if (_stop.IsCancellationRequested) return;
        var wait = options.HeartbeatInterval * LongestWait;
        if (owner.Now - started > wait) _attempts = 1;
        if (hopeless || _attempts >= options.MaxOpenAttempts)
        {
            GossipSubLog.GaveUp(logger, Peer.Id, _attempts);
            owner.GiveUp(this);
            return;
        }
        var heartbeats = Math.Min(LongestWait, 1 << (_attempts - 1));
        Volatile.Write(ref _retryAt, (owner.Now + heartbeats * options.HeartbeatInterval).Ticks);
    }

    private async ValueTask<PeerStream> OpenAsync()
    {
        using var timeout = new CancellationTokenSource(options.OpenTimeout, swarm.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        return await swarm.OpenStreamAsync(Peer.Id, GossipSubProtocol.ProtocolIds, either.Token).ConfigureAwait(false);
    }

    private async ValueTask WriteAsync(PeerStream stream)
    {
        while (!_stop.IsCancellationRequested)
        {
            if (!Peer.Queue.TryTake(_rpc))
            {
                await Peer.Queue.WaitAsync(_stop.Token).ConfigureAwait(false);
                continue;
            }
            owner.RoomMade();
            var buffer = _rpc.Rent(out var length);
            _rpc.Clear();
            Volatile.Write(ref _writingSince, owner.Now.Ticks);
            await stream.WriteAsync(buffer.AsMemory(0, length), _stop.Token).ConfigureAwait(false);
            Volatile.Write(ref _writingSince, long.MaxValue);
            // After a failed write the channel may still look at the buffer, so only a written one goes back.
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
