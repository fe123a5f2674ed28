using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Orleans.Tests.Hosting;

public sealed class HostingTests
{
    [Fact]
    public async Task TwoHosts_OnLocalhost_AreOneCluster()
    {
        var id = Guid.NewGuid().ToString("N");
        using var first = Build(id, 11111);
        using var second = Build(id, 11112);
        await first.StartAsync();
        await second.StartAsync();

        var hosts = await first.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);

        hosts.Keys.Select(silo => silo.Endpoint.Port).Order().ShouldBe([11111, 11112]);
        await first.StopAsync();
        await second.StopAsync();
    }

    [Fact]
    public async Task HostsWithoutIds_AreEachAlone()
    {
        using var first = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings()).UseOrleans(_ => { }).Build();
        using var second = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings()).UseOrleans(_ => { }).Build();
        await first.StartAsync();
        await second.StartAsync();

        (await first.Services.GetRequiredService<IClusterClient>().GetGrain<IManagementGrain>(0).GetHosts()).ShouldHaveSingleItem();

        await first.StopAsync();
        await second.StopAsync();
    }

    [Fact]
    public async Task PreferredLocal_FromAServiceOfASilo_IsThatSilo()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 3);
        foreach (var silo in cluster.Silos)
        {
            var factory = silo.ServiceProvider.GetRequiredService<IGrainFactory>();

            (await factory.GetGrain<ILocalGrain>($"from {silo.Name}").Silo()).ShouldBe(silo.SiloAddress.ToString());
        }
    }

    [Fact]
    public async Task StatelessWorker_HasAtMostItsNumberOfActivationsInASilo()
    {
        await using var cluster = await TestClusters.StartAsync();
        var worker = cluster.Client.GetGrain<IWorkerGrain>("w");

        var used = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => worker.Work(50)));

        used.Distinct(StringComparer.Ordinal).Count().ShouldBe(2);
    }

    [Fact]
    public async Task Statistics_TellWhatIsActivatedWhere()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 2);
        for (var i = 0; i < 10; i++) await cluster.Client.GetGrain<IEcho>($"e{i}").Name();
        var management = cluster.Client.GetGrain<IManagementGrain>(0);

        var statistics = await management.GetSimpleGrainStatistics();

        statistics.Where(s => s.GrainType == typeof(EchoGrain).FullName).Sum(s => s.ActivationCount).ShouldBe(10);
        statistics.Select(s => s.SiloAddress).Distinct().Count().ShouldBe(2);
        (await management.GetTotalActivationCount()).ShouldBe(11);
    }

    [Fact]
    public async Task ClientWithOtherPartitions_IsRefused()
    {
        var builder = new InProcessTestClusterBuilder();
        builder.ConfigureSilo((_, silo) => silo.AddMemoryGrainStorage("PubSubStore").AddMemoryStreams("s", c => c.ConfigurePartitioning(4)));
        builder.ConfigureClient(client => client.AddMemoryStreams("s", c => c.ConfigurePartitioning(5)));
        await using var cluster = builder.Build();

        (await Should.ThrowAsync<OrleansConfigurationException>(cluster.DeployAsync)).Message.ShouldContain("'s' has 4 queues");
    }

    [Fact]
    public async Task Meter_OfOrleans_CountsActivations()
    {
        long created = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument is { Meter.Name: "Microsoft.Orleans", Name: "orleans-catalog-activation-created" }) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref created, value));
        listener.Start();
        await using var cluster = await TestClusters.StartAsync();

        await cluster.Client.GetGrain<IEcho>("a").Name();

        Interlocked.Read(ref created).ShouldBeGreaterThan(0);
    }

    private static IHost Build(string clusterId, int port) => Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings())
        .UseOrleans(silo => silo.UseLocalhostClustering(siloPort: port, clusterId: clusterId)).Build();
}
