using System.Security.Cryptography;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Libp2p.Tests.Crypto;

[Trait("area", "libp2p")]
public sealed class Sha256Tests
{
    [Fact]
    public void Hash_AnyTwoParts_IsThatOfTheirSum()
    {
        var random = new Random(3);
        var output = new byte[32];
        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            var cut = random.Next(bytes.Length + 1);
            Sha256.Hash(bytes.AsSpan(0, cut), bytes.AsSpan(cut), output);
            output.ShouldBe(SHA256.HashData(bytes));
        }
        output.CopyTo(output, 0);
        var expected = SHA256.HashData([.. output, 1]);
        Sha256.Hash(output, [1], output);
        output.ShouldBe(expected, "in place");
        Should.Throw<ArgumentException>(() => Sha256.Hash([], [], new byte[31]));
    }

    [Fact]
    public void Hmac_AnyKeyUpToABlock_IsThatOfTheBcl()
    {
        var random = new Random(5);
        var output = new byte[32];
        for (var size = 0; size <= 64; size++)
        {
            var (key, message) = (new byte[size], new byte[random.Next(200)]);
            random.NextBytes(key);
            random.NextBytes(message);
            Sha256.Hmac(key, message, output);
            output.ShouldBe(HMACSHA256.HashData(key, message));
        }
        Should.Throw<ArgumentException>(() => Sha256.Hmac(new byte[65], [], output));
    }

    [Fact]
    public async Task Hash_ManyThreads_DoNotDisturbEachOther()
    {
        var expected = SHA256.HashData(new byte[96]);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () =>
            {
                var output = new byte[32];
                for (var i = 0; i < 2000; i++)
                {
                    Sha256.Hash(new byte[32], new byte[64], output);
                    output.ShouldBe(expected);
                }
            },
            TestHosts.Deadline)));
    }
}
