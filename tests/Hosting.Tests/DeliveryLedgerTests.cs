using IppanFleet.Hosting.Demo;

namespace IppanFleet.Hosting.Tests;

[Trait("area", "fleet")]
public class DeliveryLedgerTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Arrivals_BeforeAndAfterConfirmation_Count()
    {
        var ledger = new DeliveryLedger();
        ledger.Enter(Samples.Id(1), ["a", "b", "c"], Start);
        ledger.Deliver("a", Samples.Id(1), Start.AddMilliseconds(1));
        ledger.Read().Delivered.ShouldBe(0);
        ledger.Confirm(Samples.Id(1));
        ledger.Deliver("b", Samples.Id(1), Start.AddMilliseconds(2));
        ledger.Deliver("b", Samples.Id(1), Start.AddMilliseconds(3));
        ledger.Deliver("stranger", Samples.Id(1), Start.AddMilliseconds(3));
        var figures = ledger.Read();
        (figures.Published, figures.Expected, figures.Delivered).ShouldBe((1, 3, 2));
        ledger.Open.ShouldBe(1);
        ledger.Deliver("c", Samples.Id(1), Start.AddMilliseconds(4));
        ledger.Open.ShouldBe(0);
        ledger.Read().Delivered.ShouldBe(3);
    }

    [Fact]
    public void AllArrivedBeforeConfirmation_IsClosed()
    {
        var ledger = new DeliveryLedger();
        ledger.Enter(Samples.Id(1), ["a"], Start);
        ledger.Deliver("a", Samples.Id(1), Start);
        ledger.Confirm(Samples.Id(1));
        ledger.Open.ShouldBe(0);
        ledger.Read().ShouldBe(new DeliveryFigures(1, 1, 1, TimeSpan.Zero, TimeSpan.Zero));
    }

    [Fact]
    public void Cancelled_CountsNothing()
    {
        var ledger = new DeliveryLedger();
        ledger.Enter(Samples.Id(1), ["a"], Start);
        ledger.Deliver("a", Samples.Id(1), Start);
        ledger.Cancel(Samples.Id(1));
        ledger.Read().ShouldBe(new DeliveryFigures(0, 0, 0, null, null));
    }

    [Fact]
    public void TooManyOpen_OldestIsClosedAndStaysMissing()
    {
        var ledger = new DeliveryLedger();
        for (var i = 0; i <= DeliveryLedger.Capacity; i++)
        {
            ledger.Enter(Samples.Id(i), ["a"], Start);
            ledger.Confirm(Samples.Id(i));
        }

        ledger.Open.ShouldBe(DeliveryLedger.Capacity);
        ledger.Deliver("a", Samples.Id(0), Start);
        var figures = ledger.Read();
        (figures.Expected, figures.Delivered).ShouldBe((DeliveryLedger.Capacity + 1, 0));
    }

    [Fact]
    public void Quantiles_AreWithinThreePercentAbove()
    {
        var histogram = new LatencyHistogram();
        histogram.Quantile(0.5).ShouldBeNull();
        var random = new Random(3);
        var values = Enumerable.Range(0, 20_000).Select(_ => Math.Pow(10, random.NextDouble() * 7)).Order().ToArray();
        foreach (var value in values) histogram.Add(TimeSpan.FromMicroseconds(value));
        foreach (var share in new[] { 0.01, 0.5, 0.9, 0.99, 1 })
        {
            var exact = Math.Floor(values[(int)Math.Ceiling(share * values.Length) - 1]);
            histogram.Quantile(share)!.Value.TotalMicroseconds.ShouldBeInRange(exact, (exact * 1.033) + 1);
        }
    }
}
