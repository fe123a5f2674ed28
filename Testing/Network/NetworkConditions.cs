using System.Collections.Concurrent;
using IppanFleet.Libp2p.Transports;

namespace IppanFleet.Testing;

/// <summary>
/// The network between nodes, as a test wants it: partitions, latency, loss, resets. One object for all nodes of a network; each node's transports are wrapped by
/// <see cref="Wrap"/>. Changes hold at once, for connections that are open too. Thread-safe.
/// </summary>
/// <remarks>
/// Faults are at the level of byte streams, where libp2p's transports are. Each node delays what it sends, so a round trip takes twice the latency. What chance decides
/// follows from the seed, the two nodes and the number of their connection; which bytes it meets depends on the machine's scheduling.
/// </remarks>
public sealed class NetworkConditions
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string, string?), int> _connections = [];
    private readonly ConcurrentDictionary<FaultyChannel, bool> _channels = new();
    private readonly int _seed;
    private readonly long _began;
    private volatile Partition[] _partitions = [];
    private volatile LinkQuality _quality = LinkQuality.Perfect;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A network without faults.</summary>
    /// <param name="seed">What chance follows from. Default 0.</param>
    /// <param name="time">The clock and timers. Default: the system's.</param>
    public NetworkConditions(int seed = 0, TimeProvider? time = null) => (_seed, Time, _began) = (seed, time ?? TimeProvider.System, (time ?? TimeProvider.System).GetTimestamp());

    internal TimeProvider Time { get; }

    internal TimeSpan Now => Time.GetElapsedTime(_began);

    internal LinkQuality Quality => _quality;

    internal bool HasPartitions => _partitions.Length > 0;

    internal NodeAddresses Addresses { get; } = new();

    /// <summary>Ends when something changes; to be asked for before what may have changed is looked at.</summary>
    internal Task Changed => _changed.Task;

    /// <summary>Puts this network around a transport of a node.</summary>
    /// <param name="node">The node's name, as in <see cref="Partition(IEnumerable{string}, IEnumerable{string}, PartitionKind)"/>.</param>
    /// <param name="inner">The transport that carries the bytes.</param>
    public FaultyTransport Wrap(string node, ITransport inner) => new(node, inner, this);

    /// <summary>Separates two groups of nodes. Nodes of neither group reach both. Partitions add up until <see cref="Heal"/>.</summary>
    /// <exception cref="ArgumentException">A node is in both groups.</exception>
    public void Partition(IEnumerable<string> left, IEnumerable<string> right, PartitionKind kind = PartitionKind.Blackhole)
    {
        string[] one = [.. left], other = [.. right];
        if (one.Intersect(other, StringComparer.Ordinal).FirstOrDefault() is { } both) throw new ArgumentException($"{both} is on both sides of the partition.", nameof(right));
        var partition = new Partition(one, other, kind);
        lock (_gate) _partitions = [.. _partitions, partition];
        Tell();
    }

    /// <summary>Ends all partitions. What waited goes on its way; connections that were cut stay so until the nodes dial anew.</summary>
    public void Heal()
    {
        _partitions = [];
        Tell();
    }

    /// <summary>Delays each chunk by a time drawn evenly between <paramref name="min"/> and <paramref name="max"/>; bytes stay in order. Zero and zero: none.</summary>
    public void Latency(TimeSpan min, TimeSpan max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(min, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, min);
        Change(quality => quality with { MinLatency = min, MaxLatency = max });
    }

    /// <summary>
    /// Loses chunks (a write, or each 16 KiB of it) with a chance of <paramref name="share"/>. A stream of bytes is reliable, so a loss shows as TCP shows it: the stream stalls
    /// for <paramref name="retransmission"/>, which doubles while the same chunk is lost again, six times at most. Zero: none.
    /// </summary>
    /// <param name="share">From 0 to 1.</param>
    /// <param name="retransmission">Default 200 ms, Linux's shortest retransmission time-out.</param>
    public void Loss(double share, TimeSpan? retransmission = null)
    {
        CheckShare(share);
        var stall = retransmission ?? TimeSpan.FromMilliseconds(200);
        ArgumentOutOfRangeException.ThrowIfLessThan(stall, TimeSpan.Zero, nameof(retransmission));
        Change(quality => quality with { Loss = share, Retransmission = share > 0 ? stall : TimeSpan.Zero });
    }

    /// <summary>Resets a connection with a chance of <paramref name="share"/> for each chunk. Zero: none.</summary>
    public void Resets(double share)
    {
        CheckShare(share);
        Change(quality => quality with { Reset = share });
    }

    /// <summary>Ends all partitions, latency, loss and resets.</summary>
    public void Clear()
    {
        Change(static _ => LinkQuality.Perfect);
        Heal();
    }

    /// <summary>The faults that hold now, in one line.</summary>
    public override string ToString()
    {
        var quality = _quality;
        List<string> faults = [.. _partitions.Select(partition => $"partition {partition}")];
        if (quality.MaxLatency > TimeSpan.Zero) faults.Add($"latency {quality.MinLatency.TotalMilliseconds:0.#} to {quality.MaxLatency.TotalMilliseconds:0.#} ms");
        if (quality.Loss > 0) faults.Add($"loss {quality.Loss:0.####}");
        if (quality.Reset > 0) faults.Add($"resets {quality.Reset:0.####}");
        return faults.Count == 0 ? "no faults" : string.Join("; ", faults);
    }

    internal void Add(FaultyChannel channel) => _channels[channel] = true;

    internal void Remove(FaultyChannel channel) => _channels.TryRemove(channel, out _);

    /// <summary>What separates two nodes; null when nothing does. What is not known to be a node of the network is reached by all.</summary>
    internal PartitionKind? Between(string one, string? other)
    {
        if (other is null) return null;
        PartitionKind? found = null;
        foreach (var partition in _partitions)
        {
            if (!partition.Separates(one, other)) continue;
            if (partition.Kind == PartitionKind.Cut) return PartitionKind.Cut;
            found = partition.Kind;
        }

        return found;
    }

    /// <summary>The schedule of what <paramref name="from"/> sends over its next connection with <paramref name="to"/>.</summary>
    internal LinkSchedule NextSchedule(string from, string? to)
    {
        int number;
        lock (_gate)
        {
            number = _connections.GetValueOrDefault((from, to));
            _connections[(from, to)] = number + 1;
        }

        return new LinkSchedule(new Random(StableHash($"{_seed}/{from}/{to}/{number}")));
    }

    private static void CheckShare(double share)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(share, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
    }

    /// <summary>FNV-1a: the same with each run, as <see cref="string.GetHashCode()"/> is not.</summary>
    private static int StableHash(string text)
    {
        var hash = 2166136261u;
        foreach (var letter in text) hash = (hash ^ letter) * 16777619u;
        return (int)hash;
    }

    private void Change(Func<LinkQuality, LinkQuality> change)
    {
        lock (_gate) _quality = change(_quality);
        Tell();
    }

    private void Tell()
    {
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        foreach (var channel in _channels.Keys) channel.Recheck();
    }
}
