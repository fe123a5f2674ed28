using IppanFleet.Hosting.Nodes;
using IppanFleet.Ippan;
using IppanFleet.P2P;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IppanFleet.Hosting.Demo;

/// <summary>Publishes blocks and transactions from random nodes of this process, once all of them have joined.</summary>
public sealed partial class DemoGenerator : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly FleetOptions _options;
    private readonly FleetMonitor _monitor;
    private readonly DeliveryLedger _ledger;
    private readonly TimeProvider _time;
    private readonly ILogger<DemoGenerator> _log;
    private readonly DemoContent _content;
    private readonly CancellationTokenSource _finish = new();

    internal DemoGenerator(FleetOptions options, FleetMonitor monitor, DeliveryLedger ledger, TimeProvider time, ILogger<DemoGenerator> log)
    {
        (_options, _monitor, _ledger, _time, _log) = (options, monitor, ledger, time, log);
        _content = new DemoContent(time);
    }

    /// <summary>Publishes nothing more, and waits up to <paramref name="patience"/> for what is on its way.</summary>
    public async Task FinishAsync(TimeSpan patience)
    {
        await _finish.CancelAsync().ConfigureAwait(false);
        if (ExecuteTask is { } running) await running.ConfigureAwait(false);
        var since = _time.GetTimestamp();
        while (_ledger.Open > 0 && _time.GetElapsedTime(since) < patience) await Task.Delay(Poll, _time).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _finish.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_options.Demo is not { } demo) return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _finish.Token);
        try
        {
            while (!HaveAllJoined()) await Task.Delay(Poll, _time, either.Token).ConfigureAwait(false);
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / demo.Rate), _time);
            do
            {
                await PublishBlockAsync(demo.TransactionsPerBlock).ConfigureAwait(false);
                await PublishTransactionAsync().ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // It was told to finish, or the silo stops.
        }
    }

    private Task PublishBlockAsync(int transactions)
    {
        if (Choose() is not { } node) return Task.CompletedTask;
        var block = _content.NextBlock(node.Identity.Key, transactions);
        return PublishAsync(node, block.Id, () => node.PublishAsync(block));
    }

    private Task PublishTransactionAsync()
    {
        if (Choose() is not { } node) return Task.CompletedTask;
        var transaction = _content.NextTransaction(node.Identity.Key);
        return PublishAsync(node, transaction.Id, () => node.PublishAsync(transaction));
    }

    private async Task PublishAsync(NodeTransport node, Hash32 id, Func<ValueTask<BroadcastOutcome>> broadcast)
    {
        _ledger.Enter(id, Joined().Where(other => other != node).Select(other => other.Name), _time.GetUtcNow());
        try
        {
            var outcome = await broadcast().ConfigureAwait(false);
            if (outcome.Result == BroadcastResult.Sent)
            {
                _ledger.Confirm(id);
                return;
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
        {
            // The node was stopped between the choice and the call.
            LogNotPublished(node.Name, e.Message);
        }

        _ledger.Cancel(id);
    }

    /// <summary>How many there shall be, the fleet says: one that came back has the nodes that it had.</summary>
    private bool HaveAllJoined() => _monitor.Fleet is { Desired: > 0 } fleet && Joined().Count >= fleet.Desired;

    private NodeTransport? Choose()
    {
        var joined = Joined();
        return joined.Count == 0 ? null : joined[Random.Shared.Next(joined.Count)];
    }

    private List<NodeTransport> Joined() => [.. _options.Process.Nodes.Where(node => node.IsJoined)];

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Node} did not publish: {Reason}")]
    private partial void LogNotPublished(string node, string reason);
}
