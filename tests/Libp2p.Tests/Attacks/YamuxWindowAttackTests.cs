using IppanFleet.Libp2p.Muxers.Yamux;
using IppanFleet.Libp2p.Tests.Attacks.Naive;
using IppanFleet.Libp2p.Tests.Channels;

namespace IppanFleet.Libp2p.Tests.Attacks;

/// <summary>Window arithmetic under attack, and what becomes of a session that trusts it.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed class YamuxWindowAttackTests
{
    /// <summary>CVE-2026-31814: all credit that a frame can give, twice.</summary>
    private static readonly byte[] Credit = [.. Frame(YamuxType.WindowUpdate, YamuxFlags.Syn, 0), .. Frame(YamuxType.WindowUpdate, YamuxFlags.None, uint.MaxValue), .. Frame(YamuxType.WindowUpdate, YamuxFlags.None, uint.MaxValue)];

    /// <summary>CVE-2026-32314: a stream that is opened with one byte more than its window.</summary>
    private static readonly byte[] Opening = Frame(YamuxType.Data, YamuxFlags.Syn, 262_145);

    [Fact]
    public async Task CreditOverflow_EndsTheConnection() => (await EndAsync(Credit)).ShouldStartWith("Yamux: window credit beyond 32 bits");

    [Fact]
    public void CreditOverflow_WithoutTheCheck_ThrowsOutOfTheReadLoop() => Should.Throw<OverflowException>(() => new NaiveYamux().Receive(Credit));

    [Fact]
    public async Task OpeningOverTheWindow_EndsTheConnectionBeforeAnyState()
    {
        (await EndAsync(Opening)).ShouldStartWith("Yamux: more than the receive window");
        var session = new YamuxSession(initiator: false, new YamuxOptions());
        session.Receive(YamuxHeader.Read(Opening), 0).Fault.ShouldBe(YamuxFault.WindowExceeded);
        session.StreamCount.ShouldBe(0);
    }

    [Fact]
    public void OpeningOverTheWindow_WithoutTheCheck_LeavesAWindowOfFourGigabytes()
    {
        var naive = new NaiveYamux();
        naive.Receive(Opening);
        naive.Streams[1].Receive.ShouldBe(uint.MaxValue);
    }

    private static async Task<string> EndAsync(byte[] wire)
    {
        var opened = 0;
        await using var muxed = new YamuxMuxer().Create(ScriptedChannel.Of(wire), initiator: false, _ => opened++);
        muxed.Start();
        var end = await muxed.Completion.WaitAsync(TestHosts.Deadline);
        end.Fault.ShouldBe(ChannelFault.ProtocolViolation);
        opened.ShouldBe(wire == Opening ? 0 : 1);
        return end.Rule!;
    }

    private static byte[] Frame(YamuxType type, YamuxFlags flags, uint length)
    {
        var bytes = new byte[YamuxHeader.Size];
        new YamuxHeader(type, flags, 1, length).Write(bytes);
        return bytes;
    }
}
