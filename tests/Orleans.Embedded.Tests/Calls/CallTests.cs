using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Calls;

public sealed class CallTests
{
    [Fact]
    public async Task Argument_ChangedAfterTheCall_IsNotSeenByTheGrain()
    {
        await using var cluster = await TestClusters.StartAsync();
        var echo = cluster.Client.GetGrain<IEcho>("a");
        var parcel = new Parcel { Words = ["one"] };

        var returned = await echo.Keep(parcel);
        parcel.Words.Add("two");
        returned.Words.Add("three");

        (await echo.Kept()).Words.ShouldBe(["one"]);
    }

    [Fact]
    public async Task ImmutableParameter_IsHandedOverAsItIs()
    {
        await using var cluster = await TestClusters.StartAsync();
        var echo = cluster.Client.GetGrain<IEcho>("a");
        var parcel = new Parcel();

        await echo.Same(parcel);

        (await echo.IsSame(parcel)).ShouldBeTrue();
    }

    [Fact]
    public async Task ValueTasks_AreAnswered()
    {
        await using var cluster = await TestClusters.StartAsync();
        var echo = cluster.Client.GetGrain<IEcho>("a");

        await echo.Nothing();

        (await echo.Numbers([1, 2])).ShouldBe(ImmutableArray.Create(1, 2));
    }

    [Fact]
    public async Task Reference_ReturnedByAGrain_CanBeCalled()
    {
        await using var cluster = await TestClusters.StartAsync(silos: 2);

        var other = await cluster.Client.GetGrain<IEcho>("a").Other("b");

        (await other.Name()).ShouldBe("b");
        other.ShouldBe(cluster.Client.GetGrain<IEcho>("b"));
    }

    [Fact]
    public async Task Await_InAGrain_ComesBackToItsTurn()
    {
        await using var cluster = await TestClusters.StartAsync();

        (await cluster.Client.GetGrain<IEcho>("a").Scheduler()).ShouldBe("turn");
    }

    [Fact]
    public async Task CallWithoutResponse_TimesOutWithItsName()
    {
        await using var cluster = await TestClusters.StartAsync();
        var runtime = (GrainRuntime)cluster.GetSiloServiceProvider().GetRequiredService<IClusterClient>();
        var impatient = new GrainRuntime(runtime.Cluster, runtime.Silo, runtime.ServiceProvider, TimeSpan.FromMilliseconds(50));
        using var end = new CancellationTokenSource();

        var fault = await Should.ThrowAsync<TimeoutException>(() => impatient.GetGrain<IEcho>("a").Hang(end.Token));
        await end.CancelAsync();

        fault.Message.ShouldContain("IEcho.Hang");
    }

    [Fact]
    public async Task CancellationToken_ReachesTheGrain()
    {
        await using var cluster = await TestClusters.StartAsync();
        using var end = new CancellationTokenSource();

        var call = cluster.Client.GetGrain<IEcho>("a").Hang(end.Token);
        await end.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Observer_OfTheClient_IsCalledUntilItIsDeleted()
    {
        await using var cluster = await TestClusters.StartAsync();
        var echo = cluster.Client.GetGrain<IEcho>("a");
        var listener = new Listener();
        var reference = cluster.Client.CreateObjectReference<IListener>(listener);

        await echo.Notify(reference, "hello");
        cluster.Client.DeleteObjectReference<IListener>(listener);

        listener.Last.ShouldBe("hello");
        await TestClusters.Until(async () =>
        {
            try
            {
                await echo.Notify(reference, "again");
                return false;
            }
            catch (ClientNotAvailableException)
            {
                return true;
            }
        });
    }

    [Fact]
    public async Task Filters_AreAskedInOrder_AndSeeTheResult()
    {
        List<string> seen = [];
        await using var cluster = await TestClusters.StartAsync(configure: silo =>
        {
            silo.AddIncomingGrainCallFilter(async context =>
            {
                seen.Add($"first {context.MethodName} {context.TargetId}");
                await context.Invoke();
                seen.Add($"result {context.Result}");
                context.Result = "changed";
            });
            silo.AddIncomingGrainCallFilter(context =>
            {
                seen.Add($"second {context.ImplementationMethod.DeclaringType!.Name}");
                return context.Invoke();
            });
        });

        (await cluster.Client.GetGrain<IEcho>("a").Name()).ShouldBe("changed");

        seen.ShouldBe(["first Name tests-echo/a", "second EchoGrain", "result a"]);
    }

    [Fact]
    public async Task Queue_AtItsLimit_RefusesFurtherCalls()
    {
        await using var cluster = await TestClusters.StartAsync(configure: silo => silo.Configure<SiloMessagingOptions>(o => o.MaxEnqueuedRequestsHardLimit = 2));
        var echo = cluster.Client.GetGrain<IEcho>("a");
        using var end = new CancellationTokenSource();

        await echo.Name();
        var running = echo.Hang(end.Token);
        var waiting = new[] { echo.Name(), echo.Name() };
        await Should.ThrowAsync<LimitExceededException>(() => echo.Name());
        await end.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => running);
        (await Task.WhenAll(waiting)).ShouldBe(["a", "a"]);
    }

    [Fact]
    public async Task GrainInterface_WithoutClass_IsRefusedByName()
    {
        await using var cluster = await TestClusters.StartAsync();

        Should.Throw<ArgumentException>(() => cluster.Client.GetGrain<INobody>("a")).Message.ShouldContain(nameof(INobody));
    }

    public interface INobody : IGrainWithStringKey;

    private sealed class Listener : IListener
    {
        public string? Last { get; private set; }

        public Task Heard(string text)
        {
            Last = text;
            return Task.CompletedTask;
        }
    }
}
