using System.Diagnostics.Metrics;
using IppanFleet.Grains;
using IppanFleet.Hosting.Gossip;
using IppanFleet.Hosting.Metrics;
using IppanFleet.Hosting.Nodes;
using IppanFleet.Hosting.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace IppanFleet.Hosting.Tests;

/// <summary>What is counted of the way from the nodes to the streams when a process has several silos.</summary>
[Collection(ProcessMetrics.Collection)]
[Trait("area", "fleet")]
public sealed class ProcessSilosTests
{
    [Fact]
    public async Task GossipCounters_AreThoseOfAllSilos_AndOfThoseThatEnded()
    {
        await using var data = FleetData.InMemory();
        var options = new FleetOptions { Nodes = 0, Silos = 3, Transport = FleetTransport.Memory, Data = data };
        var builder = new InProcessTestClusterBuilder(3);
        builder.ConfigureSilo((_, silo) => silo.AddIppanFleet(options));
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        foreach (var (silo, count) in cluster.Silos.Zip([1, 2, 4]))
        {
            var seen = silo.ServiceProvider.GetRequiredService<FirstSeen>();
            for (var i = 0; i < count; i++) seen.IsFirst(GossipKind.Block, Samples.Id(i));
            seen.IsFirst(GossipKind.Block, Samples.Id(0));
            silo.ServiceProvider.GetRequiredService<GossipQueue>().CountDropped(GossipKind.Transaction, 10 * count);
            // The host of the nodes is what makes a silo known to its process.
            silo.ServiceProvider.GetRequiredService<NodeTransportHost>();
        }

        var last = cluster.Silos[2].ServiceProvider;
        Read(last).ShouldBe((7, 3, 70));
        await cluster.KillSiloAsync(cluster.Silos[1]);
        Read(last).ShouldBe((7, 3, 70));
    }

    private static (long First, long Siblings, long Dropped) Read(IServiceProvider services)
    {
        var mine = services.GetRequiredService<IMeterFactory>().Create(FleetMetrics.MeterName);
        services.GetRequiredService<FleetMetrics>();
        (long First, long Siblings, long Dropped) sum = default;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter == mine) l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var outcome = tags.ToArray().FirstOrDefault(tag => tag.Key == "outcome").Value as string;
            if (instrument.Name == "ippan_gossip_dropped") sum.Dropped += value;
            else if (instrument.Name == "ippan_gossip_arrivals" && outcome == "first") sum.First += value;
            else if (instrument.Name == "ippan_gossip_arrivals" && outcome == "sibling") sum.Siblings += value;
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return sum;
    }
}
