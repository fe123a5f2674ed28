using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Orleans.Tests.Calls;

/// <summary>What runs beside what within one activation, and what becomes of faults.</summary>
public sealed class TurnTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private InProcessTestCluster _cluster = null!;

    private ITurns Grain => _cluster.Client.GetGrain<ITurns>("a");

    public async ValueTask InitializeAsync() => _cluster = await TestClusters.StartAsync(configure: silo =>
        silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(2)));

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task ReadOnlyCalls_RunBesideEachOther_ButNotBesideAWrite()
    {
        var (one, two, write, late) = (new Gate(), new Gate(), new Gate(), new Gate());
        var reads = new[] { Grain.Read(one), Grain.Read(two) };
        await Task.WhenAll(one.Reached.Task, two.Reached.Task).WaitAsync(Deadline);

        var writing = Grain.Write(write);
        // It came after the write and was answered: the write would have begun by now.
        await Grain.Beside();
        write.Reached.Task.IsCompleted.ShouldBeFalse();
        one.Opened.SetResult();
        two.Opened.SetResult();
        await write.Reached.Task.WaitAsync(Deadline);

        var reading = Grain.Read(late);
        await Grain.Beside();
        late.Reached.Task.IsCompleted.ShouldBeFalse();
        write.Opened.SetResult();
        late.Opened.SetResult();
        await Task.WhenAll([.. reads, writing, reading]).WaitAsync(Deadline);
    }

    [Fact]
    public async Task AlwaysInterleavedCall_BesideAWrite_IsAnswered_AndAPlainOneWaits()
    {
        var gate = new Gate();
        var writing = Grain.Write(gate);
        await gate.Reached.Task.WaitAsync(Deadline);

        var plain = Grain.Name();
        (await Grain.Beside()).ShouldBe("a");
        plain.IsCompleted.ShouldBeFalse();

        gate.Opened.SetResult();
        await writing.WaitAsync(Deadline);
        (await plain).ShouldBe("a");
    }

    [Fact]
    public async Task OneWayCall_IsNeitherWaitedForNorHeardOf()
    {
        var gate = new Gate();

        await Grain.FireAndFail(gate).WaitAsync(Deadline);
        await gate.Reached.Task.WaitAsync(Deadline);
        gate.Passed.ShouldBeFalse();
        gate.Opened.SetResult();

        // The fault ended the one-way call alone: the activation goes on.
        (await Grain.Name()).ShouldBe("a");
        gate.Passed.ShouldBeTrue();
    }

    [Fact]
    public async Task GrainThatCallsItself_TimesOutByName_AndGoesOnAfterwards()
    {
        var fault = await Should.ThrowAsync<TimeoutException>(() => Grain.CallSelf());

        fault.Message.ShouldBe("No response within 00:00:02 to ITurns.Name of tests-turns/a.");
        (await Grain.Name()).ShouldBe("a");
    }

    [Fact]
    public async Task ReentrantGrain_ThatCallsItself_IsAnswered() => (await _cluster.Client.GetGrain<IOpenTurns>("b").CallSelf()).ShouldBe("b");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Exception_OfAGrain_CrossesAsItself(bool afterAwait) =>
        (await Should.ThrowAsync<TurnFault>(() => Grain.Fail(afterAwait))).Message.ShouldBe("as itself");

    [Fact]
    public async Task Argument_ChangedByTheGrain_IsNotSeenByTheCaller()
    {
        var parcel = new Parcel { Words = ["one"] };

        await Grain.Spoil(parcel);

        parcel.Words.ShouldBe(["one"]);
    }
}
