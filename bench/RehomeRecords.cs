using System.Globalization;
using IppanFleet.Grains;
using Orleans.Runtime;

namespace IppanFleet.Bench;

/// <summary>A record in the fleet's storage.</summary>
[Alias("bench.record")]
public interface IRecordGrain : IGrainWithStringKey
{
    /// <summary>Acknowledged once it is stored.</summary>
    [Alias("write")]
    Task Write(long value);

    /// <summary>What is stored; 0 when there is nothing.</summary>
    [Alias("read")]
    Task<long> Read();
}

/// <summary>What a record holds.</summary>
[GenerateSerializer, Alias("bench.record-state")]
public sealed class RecordState
{
    /// <summary>The number that was last written.</summary>
    [Id(0)] public long Value { get; set; }
}

/// <inheritdoc cref="IRecordGrain"/>
[GrainType("bench-record")]
public sealed class RecordGrain([PersistentState("record", FleetKeys.Store)] IPersistentState<RecordState> state) : Grain, IRecordGrain
{
    /// <inheritdoc/>
    public Task Write(long value)
    {
        state.State.Value = value;
        return state.WriteStateAsync();
    }

    /// <inheritdoc/>
    public Task<long> Read() => Task.FromResult(state.State.Value);
}

/// <summary>Writes records through grains while silos die, and knows which of them were acknowledged.</summary>
internal sealed class AcknowledgedRecords(int writers)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly List<long>[] _written = [.. Enumerable.Range(0, writers).Select(_ => new List<long>())];

    internal int Count => _written.Sum(written => written.Count);

    internal Task WriteAsync(IGrainFactory grains, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, writers).Select(writer => WriteAsync(grains, writer, stop)));

    /// <summary>How many of the acknowledged records are not as they were written.</summary>
    internal async Task<int> CountLostAsync(IGrainFactory grains)
    {
        var lost = 0;
        for (var writer = 0; writer < writers; writer++)
        {
            foreach (var number in _written[writer])
            {
                if (await RecordOf(grains, writer, number).Read() != number) lost++;
            }
        }

        return lost;
    }

    private static IRecordGrain RecordOf(IGrainFactory grains, int writer, long number) => grains.GetGrain<IRecordGrain>(string.Create(CultureInfo.InvariantCulture, $"{writer}/{number}"));

    private async Task WriteAsync(IGrainFactory grains, int writer, CancellationToken stop)
    {
        for (var number = 1L; !stop.IsCancellationRequested; number++)
        {
            try
            {
                await RecordOf(grains, writer, number).Write(number);
                _written[writer].Add(number);
            }
            catch (SiloUnavailableException)
            {
                // Not acknowledged: nothing was promised.
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }
}
