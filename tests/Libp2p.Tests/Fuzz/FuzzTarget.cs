namespace IppanFleet.Libp2p.Tests.Fuzz;

/// <summary>What a parser made of an input. <paramref name="Code"/> is 0 when it took it, else which way it refused it; <paramref name="Consumed"/> says how far it came. Inputs with new outcomes are mutated further.</summary>
internal readonly record struct FuzzOutcome(int Code, int Consumed);

/// <summary>Gives an input to a parser. It must complete at once: a parser that waits has nothing to wait for.</summary>
internal delegate ValueTask<FuzzOutcome> FuzzRead(ReadOnlyMemory<byte> input);

/// <summary>A parser of remote bytes, what it may cost, and inputs to begin with.</summary>
/// <param name="Name">Its name, and that of its file in <c>Fuzz/Seeds</c>.</param>
/// <param name="Right">Well-formed inputs; all others come from these and from the kept seeds by mutation.</param>
/// <param name="Bytes">What one input may allocate, whatever its length.</param>
/// <param name="BytesPerByte">What it may allocate besides, for each byte of the input.</param>
/// <param name="Read">The parser.</param>
internal sealed record FuzzTarget(string Name, byte[][] Right, long Bytes, long BytesPerByte, FuzzRead Read)
{
    /// <summary>Inputs of an ordinary run: fewer where cryptography or exceptions make each of them dear. <see cref="LongTests"/> makes it a million for all.</summary>
    public int Inputs { get; init; } = 1_000_000;

    /// <summary>The longest input that is made, in bytes.</summary>
    public int LongestInput { get; init; } = 600;

    /// <summary>Holds what must be true of an input that was taken (code 0); not counted as the parser's cost.</summary>
    public Action<byte[]>? Check { get; init; }

    /// <summary>How long one input may take before the run is given up as hanging. Default 20 s, since machines pause.</summary>
    public TimeSpan HangsAfter { get; init; } = TimeSpan.FromSeconds(20);
}
