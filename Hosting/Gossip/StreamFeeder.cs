using IppanFleet.Grains;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;

namespace IppanFleet.Hosting.Gossip;

/// <summary>Carries messages from the queue to the streams, in batches. It waits for each round of batches before it takes the next: what is in flight is bounded by a round.</summary>
internal sealed partial class StreamFeeder(GossipQueue queue, GossipOptions options, IClusterClient cluster, TimeProvider time, ILogger<StreamFeeder> log) : BackgroundService
{
    private const int RoundItems = 4_096;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await queue.WaitAsync(stoppingToken).ConfigureAwait(false);
                if (queue.Count < options.BatchItems) await Task.Delay(options.Linger, time, stoppingToken).ConfigureAwait(false);
                await FeedAsync(queue.Take(RoundItems), stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops: its streams go with it.
        }
    }

    private Task FeedAsync(List<GossipItem> items, CancellationToken cancellationToken)
    {
        var provider = cluster.GetStreamProvider(GossipStreams.Provider);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.StreamsInFlight, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(GossipBatches.Of(items, options.BatchItems, options.BatchBytes), parallel, async (batches, token) =>
        {
            var stream = provider.GetStream<GossipItem>(StreamId.Create(GossipKinds.StreamOf(batches.Key.Kind), batches.Key.Key));
            foreach (var batch in batches.Value) await SendAsync(stream, batches.Key, batch, token).ConfigureAwait(false);
        });
    }

    private async Task SendAsync(IAsyncStream<GossipItem> stream, GossipStream to, List<GossipItem> batch, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await stream.OnNextBatchAsync(batch).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // A full queue says so by throwing.
                if (attempt == options.Attempts)
                {
                    queue.CountDropped(to.Kind, batch.Count);
                    LogGivenUp(batch.Count, GossipKinds.StreamOf(to.Kind), to.Key, e.Message);
                    return;
                }
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause *= 2;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} messages for stream {Stream}/{Key} were dropped: {Reason}")]
    private partial void LogGivenUp(int count, string stream, string key, string reason);
}
