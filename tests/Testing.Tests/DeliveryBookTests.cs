using IppanFleet.Grains;
using IppanFleet.Ippan;

namespace IppanFleet.Testing.Tests;

public sealed class DeliveryBookTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);

    private readonly DeliveryBook _book = new();

    [Fact]
    public void Arrivals_OfEligibleNodes_AreCountedOnce()
    {
        var message = Publish(1, "a", "b", "c");
        Arrive(message, "b", 5);
        Arrive(message, "b", 6);
        Arrive(message, "stranger", 7);
        message.Missing.ShouldBe(["c"]);
        message.Received["b"].ShouldBe(TimeSpan.FromSeconds(5));
        _book.Figures.ShouldBe(new DeliveryFigures(1, 0, 2, 1));
        _book.Figures.Ratio.ShouldBe(0.5);
        _book.Open.ShouldBe([message]);
    }

    [Fact]
    public void NodeThatGoesDown_IsExcusedFromWhatItHasNot()
    {
        var (first, second) = (Publish(1, "a", "b", "c"), Publish(2, "a", "b", "c"));
        Arrive(first, "b", 1);
        _book.WentDown("b");
        second.Excused.ShouldBe(["b"]);
        second.Missing.ShouldBe(["c"]);
        _book.Figures.ShouldBe(new DeliveryFigures(2, 0, 3, 1));
        // It came back and heard of it all the same: that makes up for nobody else.
        Arrive(second, "b", 9);
        _book.Figures.Delivered.ShouldBe(1);
    }

    [Fact]
    public void PublisherThatGoesDownAlone_TakesTheMessageWithIt()
    {
        var (lost, known) = (Publish(1, "a", "b", "c"), Publish(2, "a", "b", "c"));
        Arrive(known, "c", 1);
        _book.WentDown("a");
        lost.HasDied.ShouldBeTrue();
        lost.Missing.ShouldBeEmpty();
        known.HasDied.ShouldBeFalse();
        known.Missing.ShouldBe(["b"]);
        _book.Figures.ShouldBe(new DeliveryFigures(1, 1, 2, 1));
    }

    [Fact]
    public void Cancelled_CountsForNothing()
    {
        var message = Publish(1, "a", "b");
        _book.Cancel(message);
        _book.Figures.ShouldBe(new DeliveryFigures(0, 0, 0, 0));
        _book.Figures.Ratio.ShouldBe(1);
    }

    [Fact]
    public void BeyondTheCapacity_TheOldestIsClosedWithWhatHadCome()
    {
        var oldest = Publish(0, "a", "b", "c");
        Arrive(oldest, "b", 1);
        for (var i = 1; i <= DeliveryBook.Capacity; i++) Publish(i, "a", "b");
        _book.Arrived("c", oldest.Id, Start);
        _book.Figures.ShouldBe(new DeliveryFigures(DeliveryBook.Capacity + 1, 0, DeliveryBook.Capacity + 2, 1));
    }

    private PublishedMessage Publish(int number, string publisher, params string[] eligible)
    {
        var bytes = new byte[Hash32.Size];
        BitConverter.TryWriteBytes(bytes, number);
        var message = new PublishedMessage(new Hash32(bytes), GossipKind.Block, publisher, Start, eligible);
        _book.Enter(message);
        return message;
    }

    private void Arrive(PublishedMessage message, string node, int seconds) => _book.Arrived(node, message.Id, Start.AddSeconds(seconds));
}
