namespace IppanFleet.Testing.Tests.Network;

public sealed class LinkScheduleTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void Latency_IsDrawnBetweenItsBoundsAndKeepsTheOrder()
    {
        var schedule = new LinkSchedule(new Random(1));
        var quality = new LinkQuality { MinLatency = 5 * Millisecond, MaxLatency = 50 * Millisecond };
        var (last, latencies) = (TimeSpan.Zero, new List<double>());
        for (var i = 0; i < 1_000; i++)
        {
            var now = i * 100 * Millisecond;
            var arrival = schedule.Arrival(now, quality)!.Value;
            arrival.ShouldBeGreaterThanOrEqualTo(last);
            last = arrival;
            latencies.Add((arrival - now).TotalMilliseconds);
        }

        latencies.ShouldAllBe(latency => latency >= 5 && latency <= 50);
        latencies.Average().ShouldBe(27.5, 2);
    }

    [Fact]
    public void ChunksSentTogether_NeverOvertake()
    {
        var schedule = new LinkSchedule(new Random(2));
        var quality = new LinkQuality { MaxLatency = 50 * Millisecond, Loss = 0.3, Retransmission = 200 * Millisecond };
        var arrivals = Enumerable.Range(0, 500).Select(i => schedule.Arrival(i * Millisecond, quality)!.Value).ToArray();
        arrivals.ShouldBe(arrivals.Order());
    }

    [Fact]
    public void Loss_StallsForARetransmissionThatDoubles()
    {
        var quality = new LinkQuality { Loss = 0.5, Retransmission = 200 * Millisecond };
        var schedule = new LinkSchedule(new Random(3));
        var stalls = new Dictionary<double, int>();
        for (var i = 0; i < 10_000; i++)
        {
            // So far apart that no chunk waits for the one ahead.
            var now = i * TimeSpan.FromMinutes(1);
            var stall = (schedule.Arrival(now, quality)!.Value - now).TotalMilliseconds;
            stalls[stall] = stalls.GetValueOrDefault(stall) + 1;
        }

        stalls.Keys.Order().ShouldBe([0, 200, 600, 1_400, 3_000, 6_200, 12_600]);
        stalls[0].ShouldBeInRange(4_800, 5_200);
        stalls[200].ShouldBeInRange(2_300, 2_700);
    }

    [Fact]
    public void Reset_IsAnArrivalThatNeverComes()
    {
        var schedule = new LinkSchedule(new Random(4));
        var resets = Enumerable.Range(0, 1_000).Count(_ => schedule.Arrival(TimeSpan.Zero, new LinkQuality { Reset = 0.1 }) is null);
        resets.ShouldBeInRange(70, 130);
    }

    [Fact]
    public void SameSeed_NodesAndConnection_SameChances()
    {
        var quality = new LinkQuality { MaxLatency = 50 * Millisecond, Loss = 0.2, Retransmission = 200 * Millisecond };
        Chances(new NetworkConditions(7), "a", "b").ShouldBe(Chances(new NetworkConditions(7), "a", "b"));
        Chances(new NetworkConditions(7), "a", "b").ShouldNotBe(Chances(new NetworkConditions(8), "a", "b"));
        Chances(new NetworkConditions(7), "a", "b").ShouldNotBe(Chances(new NetworkConditions(7), "b", "a"));
        var conditions = new NetworkConditions(7);
        Chances(conditions, "a", "b").ShouldNotBe(Chances(conditions, "a", "b"), "the second connection has chances of its own");

        TimeSpan?[] Chances(NetworkConditions network, string from, string to)
        {
            var schedule = network.NextSchedule(from, to);
            return [.. Enumerable.Range(0, 50).Select(i => schedule.Arrival(i * Millisecond, quality))];
        }
    }
}
