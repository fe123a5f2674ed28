using IppanFleet.Grains;
using IppanFleet.Hosting.Access;
using IppanFleet.Hosting.Nodes;
using IppanFleet.P2P;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace IppanFleet.Hosting.Reports;

/// <summary>
/// Tells grains what the peers and topics of this silo's nodes do: once a second it compares what the nodes last saw with what was told, and tells the difference. Networks and their read loops
/// know nothing of it.
/// </summary>
internal sealed partial class Reporter(
    IGrainFactory grains, ILocalSiloDetails silo, NodeTransportHost nodes, NodeAccess access, ReportQueue queue, ReportOptions options, TimeProvider time, ILogger<Reporter> log) : BackgroundService
{
    private readonly Dictionary<string, (PeerTracker Peers, NodeTransport Node)> _trackers = new(StringComparer.Ordinal);
    private readonly TopicTracker _topics = new(silo.Name, options.TopicRefresh);
    private long _told;
    private string _lastFault = "";

    /// <summary>Reports that grains have taken.</summary>
    internal long Told => Interlocked.Read(ref _told);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                LookAtPeers();
                await TellPeersAsync(stoppingToken).ConfigureAwait(false);
                await TellTopicsAsync(stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops: what its nodes knew last was told within the last second.
        }
    }

    private void LookAtPeers()
    {
        var now = time.GetUtcNow();
        var present = nodes.Nodes.ToDictionary(node => node.Name, StringComparer.Ordinal);
        foreach (var (name, (tracker, node)) in _trackers)
        {
            // A node that stopped, or started anew, has lost all peers.
            if (present.TryGetValue(name, out var current) && current == node) continue;
            tracker.Update([], IsBanned, now, queue.Add);
            _trackers.Remove(name);
        }

        foreach (var (name, node) in present)
        {
            if (!_trackers.TryGetValue(name, out var tracked)) _trackers.Add(name, tracked = (new PeerTracker(name, options.PeerRefresh), node));
            tracked.Peers.Update(node.LastSeen.Peers, IsBanned, now, queue.Add);
        }
    }

    private bool IsBanned(PeerSnapshot peer) => access.IsBanned(peer.PeerId, peer.Address);

    private Task TellPeersAsync(CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.CallsInFlight, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(queue.Take(options.Batch), parallel, async (report, token) =>
        {
            try
            {
                await grains.GetGrain<IPeerGrain>($"{report.Node}/{report.PeerId}").Report(report).WaitAsync(token).ConfigureAwait(false);
                Interlocked.Increment(ref _told);
            }
            catch (Exception e) when (!token.IsCancellationRequested)
            {
                queue.CountDropped();
                Tell(e);
            }
        });
    }

    private async Task TellTopicsAsync(CancellationToken cancellationToken)
    {
        foreach (var (topic, report) in _topics.Update(nodes.Nodes.Select(node => (node.Name, node.LastSeen.Topics)), time.GetUtcNow()))
        {
            try
            {
                if (!await grains.GetGrain<ITopicGrain>(topic).Report(report).WaitAsync(cancellationToken).ConfigureAwait(false)) _topics.TellAll(topic);
                Interlocked.Increment(ref _told);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                _topics.TellAll(topic);
                Tell(e);
            }
        }
    }

    private void Tell(Exception fault)
    {
        // The same fault is told once.
        if (fault.Message != _lastFault) LogFault(fault.Message);
        _lastFault = fault.Message;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What peers and topics do could not be told: {Reason}")]
    private partial void LogFault(string reason);
}
