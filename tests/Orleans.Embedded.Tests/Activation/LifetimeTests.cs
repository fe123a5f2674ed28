using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Activations;

public sealed class LifetimeTests
{
    [Fact]
    public async Task IdleActivation_OlderThanTheAge_IsCollected_UnlessItIsKeptAlive()
    {
        await using var cluster = await TestClusters.StartAsync(configure: silo => silo.Configure<GrainCollectionOptions>(o =>
            (o.CollectionAge, o.CollectionQuantum) = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(20))));
        var clock = cluster.Client.GetGrain<IClock>("a");
        var keeper = cluster.Client.GetGrain<IKeeper>("a");
        var (first, kept) = (await clock.Activation(), await keeper.Activation());
        var management = cluster.Client.GetGrain<IManagementGrain>(0);

        await TestClusters.Until(async () => await management.GetActivationAddress(clock) is null);

        (await clock.Activation() == first).ShouldBeFalse();
        (await keeper.Activation()).ShouldBe(kept);
    }

    [Fact]
    public async Task Timer_ThatDoesNotInterleave_WaitsForTheCall()
    {
        await using var cluster = await TestClusters.StartAsync();
        var clock = cluster.Client.GetGrain<IClock>("a");

        await clock.Start(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10), interleave: false);
        (await clock.TicksDuring(200)).ShouldBe(0);
        await TestClusters.Until(async () => await clock.Ticks() >= 3);
    }

    [Fact]
    public async Task Timer_ThatInterleaves_TicksBesideTheCall()
    {
        await using var cluster = await TestClusters.StartAsync();
        var clock = cluster.Client.GetGrain<IClock>("a");

        await clock.Start(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10), interleave: true);

        (await clock.TicksDuring(300)).ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Timer_WithoutDueTime_TicksAfterChangeOnly()
    {
        await using var cluster = await TestClusters.StartAsync();
        var clock = cluster.Client.GetGrain<IClock>("a");

        await clock.Start(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan, interleave: true);
        (await clock.TicksDuring(50)).ShouldBe(0);
        await clock.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await TestClusters.Until(async () => await clock.Ticks() == 1);
        (await clock.TicksDuring(50)).ShouldBe(0);
    }

    [Fact]
    public async Task KilledSilo_IsToldToCallers_AndItsGrainsComeBackElsewhere()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 2);
        var echo = cluster.Client.GetGrain<IEcho>("a");
        using var end = new CancellationTokenSource();
        var management = cluster.Client.GetGrain<IManagementGrain>(0);
        await echo.Name();
        var home = await management.GetActivationAddress(echo);

        var hanging = echo.Hang(end.Token);
        await cluster.KillSiloAsync(cluster.GetSiloForAddress(home!)!);

        await Should.ThrowAsync<SiloUnavailableException>(() => hanging);
        (await echo.Name()).ShouldBe("a");
        (await management.GetActivationAddress(echo)).ShouldNotBe(home);
        (await management.GetHosts()).ShouldContainKeyAndValue(home!, SiloStatus.Dead);
    }

    [Fact]
    public async Task KilledSilo_RunsNoLineOfItsGrainsAfterTheNextAwait()
    {
        await using var cluster = await TestClusters.StartAsync();
        var gate = new Gate();

        var call = cluster.Client.GetGrain<IGateGrain>("a").Pass(gate);
        await gate.Reached.Task;
        await cluster.KillSiloAsync(cluster.Silos[0]);
        gate.Opened.SetResult();

        await Should.ThrowAsync<SiloUnavailableException>(() => call);
        gate.Passed.ShouldBeFalse();
    }

    [Fact]
    public async Task KilledSilo_StopsItsHostedServicesWithACancelledToken()
    {
        var service = new Watched();
        await using var cluster = await TestClusters.StartAsync(configure: silo => silo.Services.AddSingleton<IHostedService>(service));

        await cluster.KillSiloAsync(cluster.Silos[0]);

        service.WasCancelled.ShouldBe(true);
    }

    [Fact]
    public async Task StoppedSilo_StopsItsHostedServicesInOrder()
    {
        var service = new Watched();
        await using var cluster = await TestClusters.StartAsync(configure: silo => silo.Services.AddSingleton<IHostedService>(service));

        await cluster.StopSiloAsync(cluster.Silos[0]);

        service.WasCancelled.ShouldBe(false);
    }

    [Fact]
    public async Task RestartedSilo_HasItsNameAndAnotherAddress()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 2);
        var old = cluster.Silos[0];

        var fresh = await cluster.RestartSiloAsync(old);

        fresh.Name.ShouldBe(old.Name);
        fresh.SiloAddress.ShouldNotBe(old.SiloAddress);
        (old.IsActive, fresh.IsActive, cluster.Silos.Count).ShouldBe((false, true, 2));
    }

    [Fact]
    public async Task AcknowledgedWrites_WhileSilosAreKilledAndStopped_AreNeverLost()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 3);
        using var end = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 8).Select(async grain =>
        {
            var ledger = cluster.Client.GetGrain<ILedgerGrain>(grain);
            List<int> acknowledged = [];
            for (var entry = 0; !end.IsCancellationRequested; entry++)
            {
                try
                {
                    await ledger.Append(entry);
                    acknowledged.Add(entry);
                }
                catch (OrleansException)
                {
                    // Not acknowledged: it may be there or not.
                }
            }
            return acknowledged;
        }).ToList();

        for (var round = 0; round < 6; round++)
        {
            await cluster.StartAdditionalSiloAsync();
            if (round % 2 == 0) await cluster.KillSiloAsync(cluster.Silos[0]);
            else await cluster.StopSiloAsync(cluster.Silos[0]);
        }
        await end.CancelAsync();

        for (var grain = 0; grain < writers.Count; grain++)
        {
            var acknowledged = await writers[grain];
            var stored = await cluster.Client.GetGrain<ILedgerGrain>(grain).Read();
            acknowledged.Except(stored).ShouldBeEmpty();
            acknowledged.Count.ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public async Task TwoSilos_WithOneEndPoint_AreNotBothLetIn()
    {
        var clusterId = Guid.NewGuid().ToString("N");
        using var first = Build();
        using var second = Build();
        await first.StartAsync();

        await Should.ThrowAsync<OrleansConfigurationException>(() => second.StartAsync());

        await first.StopAsync();

        IHost Build() => Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings()).UseOrleans(silo => silo.UseLocalhostClustering(clusterId: clusterId)).Build();
    }

    [Fact]
    public async Task StartupTask_ThatFails_StopsTheStart()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => TestClusters.StartAsync(
            configure: silo => silo.AddStartupTask((_, _) => throw new InvalidOperationException("not ready"))));
    }

    private sealed class Watched : IHostedService
    {
        public bool? WasCancelled { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            WasCancelled = cancellationToken.IsCancellationRequested;
            return Task.CompletedTask;
        }
    }
}
