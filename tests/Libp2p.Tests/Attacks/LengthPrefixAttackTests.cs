using IppanFleet.Libp2p.Multiformats;
using IppanFleet.Libp2p.Tests.Fuzz;

namespace IppanFleet.Libp2p.Tests.Attacks;

/// <summary>GHSA-xqvc-92cf-94j4: a length, and nothing behind it.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed class LengthPrefixAttackTests
{
    private const int Announced = 16 << 20;

    private static readonly byte[] Wire = [0x80, 0x80, 0x80, 0x08, 1];

    [Fact]
    public async Task AnnouncedLength_CostsWhatHasCome()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = new LengthPrefixedReader(new BytesChannel(Wire), Announced);
        var reading = reader.ReadAsync();
        reading.IsCompleted.ShouldBeTrue();
        (await Should.ThrowAsync<ChannelException>(reading.AsTask())).Fault.ShouldBe(ChannelFault.Truncated);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(256 * 1024);
    }

    [Fact]
    public async Task AnnouncedLength_WithoutTheDefence_CostsWhatWasAnnounced()
    {
        var channel = new BytesChannel(Wire);
        var prefix = new byte[4];
        (await channel.ReadAsync(prefix)).ShouldBe(4);
        Varint.TryRead(prefix, out var length, out _).ShouldBe(VarintFault.None);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = new byte[length];
        (await channel.ReadAsync(message)).ShouldBe(1);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeGreaterThan(Announced);
    }
}
