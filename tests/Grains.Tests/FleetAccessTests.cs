using System.Collections.Concurrent;

namespace IppanFleet.Grains.Tests;

[Trait("area", "fleet")]
public class FleetAccessTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1/32")]
    [InlineData("192.0.2.77/24", "192.0.2.0/24")]
    [InlineData("255.255.255.255/1", "128.0.0.0/1")]
    [InlineData("::ffff:192.0.2.77/120", "192.0.2.0/24")]
    [InlineData("2001:DB8::ff/127", "2001:db8::fe/127")]
    [InlineData("12D3KooWB9qmUXngZ7oQDYCe8QvaD7UhLAgkmPtA3SJR4CKgHLjT", "12D3KooWB9qmUXngZ7oQDYCe8QvaD7UhLAgkmPtA3SJR4CKgHLjT")]
    public void Subject_HasOneSpelling(string text, string normal)
    {
        AccessSubjects.TryNormalise(text, out var subject).ShouldBeTrue();
        subject.ShouldBe(normal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("10.1")]
    [InlineData("17")]
    [InlineData("192.0.2.1/33")]
    [InlineData("192.0.2.1/-1")]
    [InlineData("192.0.2.1/")]
    [InlineData("fe80::1%eth0")]
    [InlineData("some peer")]
    public void Subject_ThatIsNone_IsRefused(string? text) => AccessSubjects.TryNormalise(text, out _).ShouldBeFalse();

    [Fact]
    public async Task Ban_OfTheSameTwice_IsOneEntry_AndSurvivesTheActivation()
    {
        await using var cluster = await FleetCluster.StartAsync(silos: 2);
        await cluster.Fleet.Ban(new AccessRule { Subject = "192.0.2.1", Reason = "first" });
        (await cluster.Fleet.Ban(new AccessRule { Subject = "192.0.2.1/32", Reason = "second" })).Subject.ShouldBe("192.0.2.1/32");
        await cluster.Fleet.Allow(new AccessRule { Subject = "peer1" });
        await cluster.Cluster.StopSiloAsync(cluster.Cluster.Silos[0]);
        await cluster.Cluster.StartAdditionalSiloAsync();
        await cluster.Cluster.StopSiloAsync(cluster.Cluster.Silos[0]);
        var list = await cluster.Fleet.Access();
        list.Version.ShouldBe(3);
        list.Bans.ShouldHaveSingleItem().Reason.ShouldBe("second");
        list.Allowed.ShouldHaveSingleItem().Subject.ShouldBe("peer1");
    }

    [Fact]
    public async Task Ban_ThatCannotBeWritten_HasNotHappened()
    {
        await using var cluster = await FleetCluster.StartAsync();
        await cluster.Fleet.Ban(new AccessRule { Subject = "peer1" });
        cluster.Nodes.Storage.IsDown = true;
        await Should.ThrowAsync<IOException>(() => cluster.Fleet.Ban(new AccessRule { Subject = "peer2" }));
        cluster.Nodes.Storage.IsDown = false;
        (await cluster.Fleet.Access()).Bans.ShouldHaveSingleItem().Subject.ShouldBe("peer1");
        await cluster.Fleet.Ban(new AccessRule { Subject = "peer3" });
        (await cluster.Fleet.Access()).Bans.Select(rule => rule.Subject).ShouldBe(["peer1", "peer3"]);
    }

    [Fact]
    public async Task Bans_AtTheSameTime_AreAllKept()
    {
        await using var cluster = await FleetCluster.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => cluster.Fleet.Ban(new AccessRule { Subject = $"peer{i}" })));
        (await cluster.Fleet.Access()).Bans.Length.ShouldBe(50);
    }

    [Fact]
    public async Task Watcher_IsToldAtOnce_AndAskedForNothingThatItKnows()
    {
        await using var cluster = await FleetCluster.StartAsync();
        var observer = new Observer();
        var reference = cluster.Cluster.Client.CreateObjectReference<IAccessObserver>(observer);
        var first = await cluster.Fleet.WatchAccess("a", reference, -1);
        first!.Bans.ShouldBeEmpty();
        (await cluster.Fleet.WatchAccess("a", reference, first.Version)).ShouldBeNull();
        await cluster.Fleet.Ban(new AccessRule { Subject = "peer1" });
        await FleetCluster.UntilAsync(() => Task.FromResult(!observer.Told.IsEmpty), "the watcher is told");
        observer.Told.Single().Bans.ShouldHaveSingleItem().Subject.ShouldBe("peer1");
        (await cluster.Fleet.WatchAccess("a", reference, first.Version))!.Version.ShouldBe(first.Version + 1);
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task Ban_ThatHasEnded_IsGoneWithANewVersion()
    {
        await using var cluster = await FleetCluster.StartAsync();
        await cluster.Fleet.Ban(new AccessRule { Subject = "peer1", Until = DateTimeOffset.UtcNow.AddSeconds(-1) });
        var list = await cluster.Fleet.Access();
        list.Bans.ShouldBeEmpty();
        list.Version.ShouldBe(2);
    }

    [Fact]
    public async Task Ban_WithALongReason_IsRefused()
    {
        await using var cluster = await FleetCluster.StartAsync();
        await Should.ThrowAsync<ArgumentException>(() => cluster.Fleet.Ban(new AccessRule { Subject = "peer1", Reason = new string('x', FleetKeys.MaxReason + 1) }));
        await Should.ThrowAsync<ArgumentException>(() => cluster.Fleet.Ban(new AccessRule { Subject = "no subject" }));
    }

    private sealed class Observer : IAccessObserver
    {
        internal ConcurrentQueue<AccessList> Told { get; } = new();

        public Task Changed(AccessList access)
        {
            Told.Enqueue(access);
            return Task.CompletedTask;
        }
    }
}
