using IppanFleet.Libp2p.Negotiation;
using IppanFleet.Libp2p.Tests.Channels;

namespace IppanFleet.Libp2p.Tests.Negotiation;

[Trait("area", "libp2p")]
public sealed class BufferedChannelTests
{
    [Fact]
    public async Task Writes_OfOneTurn_TravelTogether_WhenTheReaderWaits()
    {
        var inner = new ScriptedChannel();
        var buffered = new BufferedChannel(inner);
        await buffered.WriteAsync(new byte[] { 1 }, TestHosts.Deadline);
        buffered.Release();
        await buffered.WriteAsync(new byte[] { 2, 3 }, TestHosts.Deadline);
        inner.Written.ShouldBeEmpty("the reader does not wait yet");

        var reading = buffered.ReadAsync(Memory<byte>.Empty, TestHosts.Deadline);

        inner.Written.ShouldBe([1, 2, 3]);
        inner.Send([9]);
        await reading;
    }

    [Fact]
    public async Task Write_WhileTheReaderWaits_IsSentAtOnce()
    {
        var inner = new ScriptedChannel();
        var buffered = new BufferedChannel(inner);
        buffered.Release();
        var reading = buffered.ReadAsync(Memory<byte>.Empty, TestHosts.Deadline);

        await buffered.WriteAsync(new byte[] { 7 }, TestHosts.Deadline);

        inner.Written.ShouldBe([7]);
        inner.Send([9]);
        await reading;
    }

    [Fact]
    public async Task Write_AfterAFewTurns_IsSentAtOnce_InOrder()
    {
        var inner = new ScriptedChannel();
        var buffered = new BufferedChannel(inner);
        buffered.Release();
        for (byte i = 0; i < 20; i++)
        {
            inner.Send([i]);
            await buffered.WriteAsync(new[] { i }, TestHosts.Deadline);
            await buffered.ReadAsync(Memory<byte>.Empty, TestHosts.Deadline);
            (await buffered.ReadAsync(new byte[4096], TestHosts.Deadline)).ShouldBe(1);
        }
        await buffered.WriteAsync(new byte[] { 99 }, TestHosts.Deadline);

        inner.Written.ShouldBe([.. Enumerable.Range(0, 20).Select(i => (byte)i), 99]);
    }

    [Fact]
    public async Task Writes_Large_AreNotHeld()
    {
        var inner = new ScriptedChannel();
        var buffered = new BufferedChannel(inner);
        await buffered.WriteAsync(new byte[3000], TestHosts.Deadline);
        inner.Written.Length.ShouldBe(3000);
    }

    [Fact]
    public async Task CloseWrite_SendsWhatIsHeldFirst()
    {
        var inner = new ScriptedChannel();
        var buffered = new BufferedChannel(inner);
        await buffered.WriteAsync(new byte[] { 1, 2 }, TestHosts.Deadline);

        await buffered.CloseWriteAsync(TestHosts.Deadline);

        inner.Written.ShouldBe([1, 2]);
    }
}
