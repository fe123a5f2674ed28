using IppanFleet.Libp2p.Identity;
using IppanFleet.Libp2p.Protocols.Identify;

namespace IppanFleet.Libp2p.Tests.Attacks;

[Trait("area", "libp2p")]
[Trait("area", "attack")]
public sealed class IdentifyCodecAttackTests
{
    /// <summary>A field that comes once, 4,096 times in 8 KiB: the last counts, and the others cost nothing.</summary>
    [Fact]
    public void Decode_FieldRepeated_CostsNoMoreThanOnce()
    {
        using var peer = PeerIdentity.Generate();
        var options = new IdentifyOptions();
        byte[] message = [.. Enumerable.Repeat<byte[]>([0x32, 0], 4094).SelectMany(field => field), 0x32, 1, (byte)'x'];
        IdentifyCodec.Decode(message, peer.Id, known: null, options, out _).ShouldBe(IdentifyFault.None);

        var before = GC.GetAllocatedBytesForCurrentThread();
        IdentifyCodec.Decode(message, peer.Id, known: null, options, out var info);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(2000);
        info.AgentVersion.ShouldBe("x");
    }
}
