using IppanFleet.Libp2p.Multiformats;

namespace IppanFleet.Libp2p.Tests.Fuzz;

/// <summary>The fuzzer finds what it is there to find: each parser here has one of the mistakes of the field, and the run must fail with what is needed to see it again.</summary>
[Trait("area", "libp2p")]
[Trait("area", "attack")]
[Trait("area", "fuzz")]
public sealed class FuzzerTests
{
    private static readonly byte[] Multihash = [0x12, 4, 1, 2, 3, 4];

    /// <summary>RUSTSEC-2020-0068: the length inside a multihash is believed.</summary>
    [Fact]
    public async Task ParserThatBelievesALength_IsFound()
    {
        var failure = await FindAsync(static input =>
        {
            var digest = input.Length < 2 ? [] : input.Span.Slice(2, input.Span[1]);
            return new(new FuzzOutcome(0, digest.Length));
        });
        failure.InnerException.ShouldBeOfType<ArgumentOutOfRangeException>();
    }

    /// <summary>GHSA-xqvc-92cf-94j4: a length is allocated before anything of it has come.</summary>
    [Fact]
    public async Task ParserThatAllocatesALength_IsFound() => (await FindAsync(static input =>
    {
        if (Varint.TryRead(input.Span, out var length, out _) != VarintFault.None || length > 1 << 20) return new(new FuzzOutcome(1, 0));
        return new(new FuzzOutcome(0, new byte[length].Length));
    })).Message.ShouldContain("bytes twice");

    [Fact]
    public async Task ParserThatNeverEnds_IsFound()
    {
        using var stop = new CancellationTokenSource();
        var failure = await FindAsync(
            input =>
            {
                while (input.Length > 1 && input.Span[1] == 0 && !stop.IsCancellationRequested)
                {
                    // A length of nothing: the naive loop takes no step.
                }
                return new(new FuzzOutcome(0, 0));
            },
            hangsAfter: TimeSpan.FromSeconds(0.1));
        await stop.CancelAsync();
        failure.Message.ShouldContain("it has taken more than 0.1 s");
    }

    [Fact]
    public async Task ParserThatWaits_IsFound() => (await FindAsync(static async input =>
    {
        if (input.Length > 6) await Task.Delay(1);
        return default;
    })).Message.ShouldContain("it waits");

    /// <summary>A value behind three conditions: outcomes that differ are mutated further, so that one condition after the other is met.</summary>
    [Fact]
    public async Task MistakeBehindConditions_IsFoundByItsOutcomes() => (await FindAsync(static input =>
    {
        var span = input.Span;
        if (span.Length < 5 || span[0] != 0x5a) return new(new FuzzOutcome(1, 0));
        if (span[2] != 0xc3) return new(new FuzzOutcome(2, 0));
        return span[4] == 0x99 ? throw new InvalidOperationException("found") : new(new FuzzOutcome(3, 0));
    })).Message.ShouldContain("found");

    [Fact]
    public async Task SameSeed_MakesTheSameInputs()
    {
        var (first, second) = (new HashCode(), new HashCode());
        await new Fuzzer(Target(input => Add(ref first, input)), 5).RunAsync(20_000);
        await new Fuzzer(Target(input => Add(ref second, input)), 5).RunAsync(20_000);
        first.ToHashCode().ShouldBe(second.ToHashCode());

        static ValueTask<FuzzOutcome> Add(ref HashCode hash, ReadOnlyMemory<byte> input)
        {
            hash.AddBytes(input.Span);
            return new(new FuzzOutcome(input.Length % 5, 0));
        }
    }

    private static FuzzTarget Target(FuzzRead read) => new("none", [Multihash], 1024, 0, read);

    private static async Task<FuzzFailureException> FindAsync(FuzzRead read, TimeSpan? hangsAfter = null)
    {
        var target = Target(read);
        var failure = await Should.ThrowAsync<FuzzFailureException>(new Fuzzer(hangsAfter is { } limit ? target with { HangsAfter = limit } : target, 1).RunAsync(1_000_000));
        failure.Message.ShouldStartWith("none, seed 1, input ");
        return failure;
    }
}
