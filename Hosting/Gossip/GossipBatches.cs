using System.Globalization;
using IppanFleet.Grains;

namespace IppanFleet.Hosting.Gossip;

/// <summary>A stream of the parallel-gossip layer.</summary>
internal readonly record struct GossipStream(GossipKind Kind, int Shard)
{
    /// <summary>The stream's key.</summary>
    internal string Key => Shard.ToString(CultureInfo.InvariantCulture);

    /// <summary>Where a message belongs: by its id, so that it meets its copies from other silos there.</summary>
    internal static GossipStream Of(GossipItem item) => new(item.Kind, item.MessageId[0] % GossipStreams.Shards);
}

/// <summary>Puts messages into batches.</summary>
internal static class GossipBatches
{
    /// <summary>Batches for each stream, in the order of the messages; none exceeds a bound unless it is a single message.</summary>
    internal static Dictionary<GossipStream, List<List<GossipItem>>> Of(IEnumerable<GossipItem> items, int maxItems, int maxBytes)
    {
        var batches = new Dictionary<GossipStream, List<List<GossipItem>>>();
        var bytes = new Dictionary<GossipStream, int>();
        foreach (var item in items)
        {
            var stream = GossipStream.Of(item);
            if (!batches.TryGetValue(stream, out var own)) batches.Add(stream, own = []);
            var size = bytes.GetValueOrDefault(stream);
            if (own.Count == 0 || own[^1].Count >= maxItems || size + item.Data.Length > maxBytes)
            {
                own.Add([]);
                size = 0;
            }

            own[^1].Add(item);
            bytes[stream] = size + item.Data.Length;
        }

        return batches;
    }
}
